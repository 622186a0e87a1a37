//! A kernel without guard markers, by a filter of the system calls of this process.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "the filter is set by a system call")]

use std::{io, ptr};

/// From here on the kernel answers this process as one before 6.13, which has no guard markers.
pub(crate) fn forget_guard_markers() {
    const MADV_GUARD_INSTALL: u32 = 102;
    const THIRD_ARGUMENT: u32 = 16 + 2 * 8;
    let word = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let answer = libc::BPF_RET | libc::BPF_K;
    let step = |code: u32, k: u32, otherwise: u8| {
        let code = u16::try_from(code).unwrap();
        libc::sock_filter { code, jt: 0, jf: otherwise, k }
    };
    let mut program = [
        step(word, 0, 0),
        step(equal, u32::try_from(libc::SYS_madvise).unwrap(), 3),
        step(word, THIRD_ARGUMENT, 0),
        step(equal, MADV_GUARD_INSTALL, 1),
        step(answer, libc::SECCOMP_RET_ERRNO | libc::EINVAL.unsigned_abs(), 0),
        step(answer, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let length = u16::try_from(program.len()).unwrap();
    let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    // SAFETY: the program is valid for the call, which copies it; it changes no memory of ours.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let set = libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program);
        assert_eq!(set, 0, "{}", io::Error::last_os_error());
        let (access, flags) = (libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let page = libc::mmap(ptr::null_mut(), 4096, access, flags, -1, 0);
        let advice = i32::try_from(MADV_GUARD_INSTALL).unwrap();
        assert_eq!(
            libc::madvise(page, 4096, advice),
            -1,
            "the filter answers in the kernel's place"
        );
        libc::munmap(page, 4096);
    }
}
