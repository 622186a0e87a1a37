//! smoke
use aludel_bridge::*;
#[test]
fn smoke() {
    let r = futures::executor::block_on(greenlet_spawn(|| {
        yield_now()?;
        let a = await_(async { 1 })?;
        sleep(std::time::Duration::from_millis(3))?;
        Ok::<_, Error>(a + 1)
    }));
    assert_eq!(r.unwrap(), 2);
    let h = Host::new().unwrap();
    let t = h.spawn(|| { await_(tokio::time::sleep(std::time::Duration::from_millis(3)))?; Ok::<_, Error>(5) });
    assert_eq!(futures::executor::block_on(t).unwrap(), 5);
}
