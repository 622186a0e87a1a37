//! What is read as a URL, what is refused, and that neither shows a secret.

use super::*;
use crate::error::ErrorKind;

fn options(url: &Url) -> Vec<(&str, &str)> {
    url.options().map(|option| (option.name(), option.value())).collect()
}

#[test]
fn parts_are_found_and_decoded() -> Result<()> {
    let url: Url = "PostgreSQL+Tokio://us%40er:p%3Aw@[::1]:5433/na%20me?a=1&b=x%26y+z".parse()?;
    assert_eq!((url.backend(), url.driver()), ("postgresql", Some("tokio")));
    assert_eq!(url.username(), Some("us@er"));
    assert_eq!(url.password().map(Secret::reveal), Some("p:w"));
    assert_eq!((url.host(), url.port()), (Some("::1"), Some(5433)));
    assert_eq!(url.database(), Some("na me"));
    assert_eq!(options(&url), [("a", "1"), ("b", "x&y z")]);
    Ok(())
}

#[test]
fn each_part_of_the_authority_may_be_absent() -> Result<()> {
    for (text, user, password, host, port) in [
        ("", None, None, None, None),
        ("h", None, None, Some("h"), None),
        ("h:", None, None, Some("h"), None),
        (":7", None, None, None, Some(7)),
        ("u@", Some("u"), None, None, None),
        ("u:p@", Some("u"), Some("p"), None, None),
        ("u:@h", Some("u"), Some(""), Some("h"), None),
        (":p@h", None, Some("p"), Some("h"), None),
        ("u:p@:7", Some("u"), Some("p"), None, Some(7)),
        ("u@server:p:q@h:7", Some("u@server"), Some("p:q"), Some("h"), Some(7)),
        ("u:p@ss@h", Some("u"), Some("p@ss"), Some("h"), None),
        ("u:p[w^|%zz@h", Some("u"), Some("p[w^|%zz"), Some("h"), None),
        ("%2Frun%2Fpg%3Aa:7", None, None, Some("/run/pg:a"), Some(7)),
        ("[fe80::1]", None, None, Some("fe80::1"), None),
        ("bücher.example", None, None, Some("bücher.example"), None),
    ] {
        let url: Url = format!("postgresql://{text}/d").parse()?;
        assert_eq!((url.username(), url.host(), url.port()), (user, host, port), "{text}");
        assert_eq!(url.password().map(Secret::reveal), password, "{text}");
        assert_eq!(url.database(), Some("d"), "{text}");
    }
    Ok(())
}

#[test]
fn the_folder_of_a_socket_is_an_option() -> Result<()> {
    let url: Url = "postgresql://u:p@/d?host=/cloudsql/proj:region:inst".parse()?;
    assert_eq!((url.host(), url.database()), (None, Some("d")));
    assert_eq!(options(&url), [("host", "/cloudsql/proj:region:inst")]);
    Ok(())
}

#[test]
fn sqlite_files_are_relative_or_absolute() -> Result<()> {
    assert_eq!("sqlite://".parse::<Url>()?.database(), None);
    assert_eq!("sqlite:///a/b.db".parse::<Url>()?.database(), Some("a/b.db"));
    assert_eq!("sqlite:////a/b.db".parse::<Url>()?.database(), Some("/a/b.db"));
    Ok(())
}

/// A path means what it says: nothing of it is resolved, cut or dropped.
#[test]
fn paths_are_kept_as_they_are() -> Result<()> {
    for (path, database) in [
        ("../data/app.db", "../data/app.db"),
        ("%2e%2e/x.db", "../x.db"),
        ("./x.db", "./x.db"),
        ("a#b.db", "a#b.db"),
        ("a//b.db", "a//b.db"),
        ("a%20b%3F.db", "a b?.db"),
        ("a b\\c.db", "a b\\c.db"),
        ("a@b.db", "a@b.db"),
        ("c:/a@b:c@d.db", "c:/a@b:c@d.db"),
    ] {
        let url: Url = format!("sqlite:///{path}").parse()?;
        assert_eq!(url.database(), Some(database));
        assert_eq!(url.to_string().parse::<Url>()?.database(), Some(database));
    }
    Ok(())
}

/// Each holds the word canary where somebody may have meant a password.
// fault: D29, S07
#[test]
fn what_is_malformed_is_refused_without_being_shown() {
    for text in [
        "canary",
        "canary://",
        "postgresql:/u:canary@h/d",
        "postgresql:u:can://ary@h/d",
        "u:canary@h://d",
        "+canary://h",
        "postgresql+://canary",
        "postgresql://u:canary@h:notaport/d",
        "postgresql://u:canary@h:+1/d",
        "postgresql://u:canary@h:99999/d",
        "postgresql://u:x@h:canary/d",
        "postgresql://u:canary@[h/d",
        "postgresql://u:canary@[::1/d",
        "postgresql://u:canary@[::1]canary/d",
        "postgresql://u:canary@[canary]/d",
        "postgresql://u:canary@h h/d",
        "postgresql://u:canary@::1/d",
        "postgresql://u:canary#x@h/d",
        "postgresql://u:canary\\x@h/d",
        "postgresql://u:canary\n@h/d",
        "postgresql://u:canary%00@h/d",
        "postgresql://u:canary%ff@h/d",
        "postgresql://u@canary@h/d",
        "postgresql://root:1234/canary@db/shop",
        "postgresql://root:1234?canary@db/shop",
        "postgresql://root:canary/x@db/shop",
        "mysql://root:/canary@db/shop",
        "mysql://root:?canary@db/shop",
        "mysql://ro/ot:canary@db/shop",
        "mysql://ro?ot:canary@db/shop",
        "mysql:///root:canary@db/shop",
        "mysql://:/canary@db/shop",
        "mysql://u:x@h/d?init=a@canary",
        "mysql://u:12?canary",
        "mysql://u:12?can/ary=1",
        "sqlite://u:/canary@h/x.db",
    ] {
        match text.parse::<Url>() {
            // The name of an unknown database is no secret.
            Ok(url) => assert_eq!((text, url.backend()), ("canary://", "canary")),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Argument, "{text}");
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("canary"), "{text}: {shown}");
            }
        }
    }
}

#[test]
fn an_at_sign_behind_the_host_names_its_cure() {
    for text in ["postgresql://root:1234/56@db/shop", "mysql://u:p@h/d?x=a@b"] {
        let error = text.parse::<Url>().expect_err(text);
        let cures = ["%2F", "%3F", "%40"];
        assert!(cures.iter().all(|cure| error.message().contains(cure)), "{error}");
    }
}

// fault: D29, S07
#[test]
fn secrets_never_print() -> Result<()> {
    for text in [
        "postgresql://u:canary@h/d",
        "postgresql://u@h/d?password=canary",
        "postgresql://u:c%61nary@h/d?sslpassword=canary",
        "postgresql://u:can%40%2F%3Fary@h/d",
    ] {
        let url: Url = text.parse()?;
        let shown = format!("{url} {url:?} {:?}", url.options().collect::<Vec<_>>());
        assert!(!shown.contains("can"), "{shown}");
        assert!(shown.contains("***"), "{shown}");
    }
    Ok(())
}
