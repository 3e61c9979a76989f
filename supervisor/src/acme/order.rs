// SPDX-License-Identifier: AGPL-3.0-or-later
//! One certificate by ACME (RFC 8555) with the challenge over HTTP (§8.3): the authority asks this machine, on port 80, for an answer
//! that mailboxd finds in `run/acme/`.

use super::http::Client;
use crate::engine::{Directory, make_and_open};
use crate::state::{write_mode, write_private};
use anyhow::{Context, Result, bail};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

const READY_MAX: Duration = Duration::from_secs(180);
const TRIES_MAX: u32 = 10;

pub struct Wanted {
    pub names: Vec<String>,
    /// An address at which the authority reaches somebody; may be empty.
    pub contact: String,
    /// URL of the authority's directory (§7.1.1).
    pub directory: String,
    pub authorities: Option<PathBuf>,
    /// Where the key of the account is kept.
    pub account: PathBuf,
    /// Where answers to challenges go.
    pub challenges: PathBuf,
}

pub struct Issued {
    /// PEM, the server's own first.
    pub chain: String,
    pub key: String,
}

/// Blocks, for some minutes at most.
pub fn issue(wanted: &Wanted) -> Result<Issued> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut answers = Answers::new(&wanted.challenges);
    runtime.block_on(async {
        let mut tries = 1;
        loop {
            match order(wanted, &mut answers).await {
                Err(error) if tries < TRIES_MAX && is_bad_nonce(&error) => tries += 1,
                done => return done,
            }
        }
    })
}

/// The authority has forgotten the nonce that it gave: what was asked is asked again (RFC 8555 §6.5). The crate does so a few times.
fn is_bad_nonce(error: &anyhow::Error) -> bool {
    let of_authority = error.chain().find_map(|cause| cause.downcast_ref::<instant_acme::Error>());
    let Some(instant_acme::Error::Api(problem)) = of_authority else { return false };
    problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":badNonce"))
}

async fn order(wanted: &Wanted, answers: &mut Answers<'_>) -> Result<Issued> {
    let account = account(wanted).await.context("the account")?;
    let names: Vec<Identifier> = wanted.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await.context("the order")?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.context("the order")?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let mut challenge =
            authorization.challenge(ChallengeType::Http01).context("the authority does not offer http-01")?;
        let (token, answer) = (challenge.token.clone(), challenge.key_authorization().as_str().to_owned());
        answers.put(&token, &answer)?;
        challenge.set_ready().await.context("the challenge")?;
    }
    let patience = RetryPolicy::default().timeout(READY_MAX);
    let status = order.poll_ready(&patience).await.context("the challenge")?;
    if status != OrderStatus::Ready {
        bail!("{}", why(&mut order).await);
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(wanted.names.clone())?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key)?;
    order.finalize_csr(request.der()).await.context("the request")?;
    let chain = order.poll_certificate(&patience).await.context("the certificate")?;
    Ok(Issued { chain, key: key.serialize_pem() })
}

/// What the authority says of each name that it could not check.
async fn why(order: &mut instant_acme::Order) -> String {
    let mut said = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(authorization)) = authorizations.next().await {
        let problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        let detail = |problem: &instant_acme::Problem| problem.detail.clone().unwrap_or_else(|| problem.to_string());
        said.extend(problems.map(detail));
    }
    if said.is_empty() { "the authority refused the order".to_owned() } else { said.join("; ").replace('\n', " ") }
}

/// The one of this machine, made the first time; another authority has another.
async fn account(wanted: &Wanted) -> Result<Account> {
    let http = || Client::new(wanted.authorities.as_deref()).map(Box::new);
    let kept = std::fs::read_to_string(&wanted.account).ok().and_then(|text| {
        let (directory, credentials) = text.split_once('\n')?;
        (directory == wanted.directory).then(|| serde_json::from_str::<AccountCredentials>(credentials).ok())?
    });
    if let Some(credentials) = kept {
        return Ok(Account::builder_with_http(http()?).from_credentials(credentials).await?);
    }
    let contact = format!("mailto:{}", wanted.contact);
    let contact = if wanted.contact.is_empty() { Vec::new() } else { vec![contact.as_str()] };
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let builder = Account::builder_with_http(http()?);
    let (account, credentials) = builder.create(&new, wanted.directory.clone(), None).await?;
    let text = format!("{}\n{}", wanted.directory, serde_json::to_string(&credentials)?);
    if let Some(dir) = wanted.account.parent() {
        std::fs::create_dir_all(dir)?;
    }
    write_private(&wanted.account, &text)?;
    Ok(account)
}

/// There while they are asked for.
struct Answers<'a> {
    dir: &'a Path,
    opened: Option<File>,
    written: Vec<PathBuf>,
}

impl<'a> Answers<'a> {
    fn new(dir: &'a Path) -> Answers<'a> {
        Answers { dir, opened: None, written: Vec::new() }
    }

    /// mailboxd's user may write to the directory above, and own this one: a link there could lead anywhere, and may come at any moment.
    fn put(&mut self, token: &str, answer: &str) -> Result<()> {
        // It becomes the name of a file.
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            bail!("the authority sent a token that is none");
        }
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => make_and_open(&Directory { path: self.dir.to_owned(), owner: None, mode: 0o755 })?,
        };
        let path = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())).join(token);
        self.opened = Some(opened);
        write_mode(&path, answer, 0o644, None)?;
        self.written.push(path);
        Ok(())
    }
}

impl Drop for Answers<'_> {
    fn drop(&mut self) {
        for path in &self.written {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn answers_never_go_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (run, other) = (dir.path().join("acme"), dir.path().join("other"));
        std::fs::create_dir(&other).unwrap();
        std::fs::set_permissions(&other, PermissionsExt::from_mode(0o700)).unwrap();
        std::fs::write(other.join("own"), "mine").unwrap();
        symlink(&other, &run).unwrap();
        assert!(Answers::new(&run).put("token", "answer").is_err());
        assert_eq!(other.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::remove_file(&run).unwrap();

        let mut answers = Answers::new(&run);
        answers.put("token", "answer").unwrap();
        assert_eq!(std::fs::read_to_string(run.join("token")).unwrap(), "answer");
        // A link in the place of a file, and of the directory while it is used.
        symlink(other.join("own"), run.join("second")).unwrap();
        answers.put("second", "answer").unwrap();
        let moved = dir.path().join("moved");
        std::fs::rename(&run, &moved).unwrap();
        symlink(&other, &run).unwrap();
        answers.put("third", "answer").unwrap();
        assert_eq!(std::fs::read_to_string(moved.join("third")).unwrap(), "answer");
        drop(answers);
        assert_eq!(std::fs::read_to_string(other.join("own")).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(&moved).unwrap().count(), 0, "they are taken away");
    }
}
