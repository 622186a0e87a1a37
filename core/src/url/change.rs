//! Changes of a URL: where to connect, as whom, and how.

use super::{Secret, Url};

/// The names that an option behind `?` may have which says the same as a part of the URL, and would win.
const HOST: &[&str] = &["host", "hostaddr", "socket", "unix_socket"];
const PORT: &[&str] = &["port"];
const USER: &[&str] = &["user"];
const DATABASE: &[&str] = &["dbname"];

impl Url {
    /// Sets the host, also in place of options such as `host` and `socket`. A path is the socket of a server
    /// on this machine.
    pub fn set_host(&mut self, host: impl Into<Option<String>>) {
        self.host = host.into();
        self.remove(HOST);
    }

    /// Sets the port.
    pub fn set_port(&mut self, port: impl Into<Option<u16>>) {
        self.port = port.into();
        self.remove(PORT);
    }

    /// Sets the user.
    pub fn set_username(&mut self, username: impl Into<Option<String>>) {
        self.username = username.into();
        self.remove(USER);
    }

    /// Sets the password.
    ///
    /// ```
    /// use aludel_core::{Secret, Url};
    ///
    /// let mut url: Url = "postgresql://scott:tiger@localhost/test".parse()?;
    /// url.set_password(Secret::new("another"));
    /// assert_eq!(url.password().map(Secret::reveal), Some("another"));
    /// # Ok::<(), aludel_core::Error>(())
    /// ```
    pub fn set_password(&mut self, password: impl Into<Option<Secret>>) {
        self.password = password.into();
    }

    /// Sets the database.
    pub fn set_database(&mut self, database: impl Into<Option<String>>) {
        self.database = database.into();
        self.remove(DATABASE);
    }

    /// Sets an option behind `?`, in place of all of that name. The driver checks it when it connects.
    pub fn set_option(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.remove(&[&name]);
        self.query.push((name, Secret::new(value)));
    }

    /// Removes an option behind `?`.
    pub fn remove_option(&mut self, name: &str) {
        self.remove(&[name]);
    }

    fn remove(&mut self, names: &[&str]) {
        self.query.retain(|(name, _)| !names.contains(&name.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn what_is_set_counts_whatever_stood_behind_the_question_mark() -> Result<(), Error> {
        let mut url: Url =
            "postgresql:///a?user=x&host=one,two&hostaddr=127.0.0.1&port=1&dbname=b&sslmode=require&sslmode=disable"
                .parse()?;
        url.set_host("h".to_owned());
        url.set_port(7);
        url.set_username("u".to_owned());
        url.set_database("d".to_owned());
        url.set_option("sslmode", "verify-full");
        assert_eq!((url.host(), url.port()), (Some("h"), Some(7)));
        assert_eq!((url.username(), url.database()), (Some("u"), Some("d")));
        let options: Vec<_> = url.options().map(|option| (option.name(), option.value())).collect();
        assert_eq!(options, [("sslmode", "verify-full")]);
        url.remove_option("sslmode");
        url.set_password(None);
        assert_eq!(url.to_string(), "postgresql://u@h:7/d");
        Ok(())
    }
}
