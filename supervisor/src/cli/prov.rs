// SPDX-License-Identifier: AGPL-3.0-or-later
//! `posthouse prov`: zmprov's verbs and short forms. Output as zmprov's, or JSON.

mod admin;
mod rights;
mod words;

use super::output::{plain, print_json};
use crate::control::{Daemon, call};
use crate::state::StateDir;
use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

/// What a verb's words mean, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// A word of the request under this name.
    Plain(&'static str),
    /// The same, may be left out.
    Maybe(&'static str),
    /// A password; `-` reads a line from standard input.
    Password,
    /// Words to the end, at least one.
    Rest(&'static str),
    /// Pairs of attribute and value, to the end.
    Attributes,
    /// Attributes to print; none: all. Not part of the request.
    Shown,
}

/// What of the answer is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Nothing,
    Id,
    Names,
    Everything,
    /// Attributes without a heading.
    Settings,
    /// A list: attributes, then its members.
    Members,
}

use Word::{Attributes, Maybe, Password, Plain, Rest, Shown};

const VERBS: &[(&str, &str, &[Word], Show)] = &[
    ("createDomain", "cd", &[Plain("name"), Attributes], Show::Id),
    ("getDomain", "gd", &[Plain("name"), Shown], Show::Everything),
    ("getAllDomains", "gad", &[], Show::Names),
    ("modifyDomain", "md", &[Plain("name"), Attributes], Show::Nothing),
    ("deleteDomain", "dd", &[Plain("name")], Show::Nothing),
    ("rotateDkim", "rdk", &[Plain("name")], Show::Everything),
    ("generateDomainPreAuthKey", "gdpak", &[Plain("name")], Show::Settings),
    ("createAccount", "ca", &[Plain("name"), Password, Attributes], Show::Id),
    ("getAccount", "ga", &[Plain("name"), Shown], Show::Everything),
    ("getAllAccounts", "gaa", &[Maybe("domain")], Show::Names),
    ("modifyAccount", "ma", &[Plain("name"), Attributes], Show::Nothing),
    ("renameAccount", "ra", &[Plain("name"), Plain("to")], Show::Nothing),
    ("deleteAccount", "da", &[Plain("name")], Show::Nothing),
    ("setPassword", "sp", &[Plain("name"), Password], Show::Nothing),
    ("addAccountAlias", "aaa", &[Plain("name"), Plain("alias")], Show::Nothing),
    ("removeAccountAlias", "raa", &[Plain("name"), Plain("alias")], Show::Nothing),
    ("createAliasDomain", "cad", &[Plain("name"), Plain("target"), Attributes], Show::Id),
    ("createCalendarResource", "ccr", &[Plain("name"), Password, Attributes], Show::Id),
    ("getAllCalendarResources", "gacr", &[Maybe("domain")], Show::Names),
    ("createCos", "cc", &[Plain("name"), Attributes], Show::Id),
    ("modifyCos", "mc", &[Plain("name"), Attributes], Show::Nothing),
    ("deleteCos", "dc", &[Plain("name")], Show::Nothing),
    ("getCos", "gc", &[Plain("name"), Shown], Show::Everything),
    ("getAllCos", "gac", &[], Show::Names),
    ("setAccountCos", "sac", &[Plain("name"), Plain("cos")], Show::Nothing),
    ("createServer", "cs", &[Plain("name"), Attributes], Show::Id),
    ("modifyServer", "ms", &[Plain("name"), Attributes], Show::Nothing),
    ("deleteServer", "ds", &[Plain("name")], Show::Nothing),
    ("getServer", "gs", &[Plain("name"), Shown], Show::Everything),
    ("getAllServers", "gas", &[], Show::Names),
    ("getAllConfig", "gacf", &[Shown], Show::Settings),
    ("getConfig", "gcf", &[Plain("name")], Show::Settings),
    ("modifyConfig", "mcf", &[Attributes], Show::Nothing),
    ("createDistributionList", "cdl", &[Plain("name"), Attributes], Show::Id),
    ("modifyDistributionList", "mdl", &[Plain("name"), Attributes], Show::Nothing),
    ("deleteDistributionList", "ddl", &[Plain("name")], Show::Nothing),
    ("getDistributionList", "gdl", &[Plain("name"), Shown], Show::Members),
    ("getAllDistributionLists", "gadl", &[Maybe("domain")], Show::Names),
    ("addDistributionListMember", "adlm", &[Plain("name"), Rest("members")], Show::Nothing),
    ("removeDistributionListMember", "rdlm", &[Plain("name"), Rest("members")], Show::Nothing),
    ("addDistributionListAlias", "adla", &[Plain("name"), Plain("alias")], Show::Nothing),
    ("removeDistributionListAlias", "rdla", &[Plain("name"), Plain("alias")], Show::Nothing),
    ("createIdentity", "cid", &[Plain("name"), Plain("identity"), Attributes], Show::Id),
    ("modifyIdentity", "mid", &[Plain("name"), Plain("identity"), Attributes], Show::Nothing),
    ("deleteIdentity", "did", &[Plain("name"), Plain("identity")], Show::Nothing),
    ("getIdentities", "gid", &[Plain("name")], Show::Names),
    ("createSignature", "csig", &[Plain("name"), Plain("signature"), Attributes], Show::Id),
    ("modifySignature", "msig", &[Plain("name"), Plain("signature"), Attributes], Show::Nothing),
    ("deleteSignature", "dsig", &[Plain("name"), Plain("signature")], Show::Nothing),
    ("getSignatures", "gsig", &[Plain("name")], Show::Names),
    ("searchGal", "sg", &[Plain("domain"), Plain("text")], Show::Names),
    ("flushCache", "fc", &[], Show::Nothing),
];

pub fn run(state: &StateDir, words: &[String], as_json: bool) -> Result<ExitCode> {
    let Some((verb, words)) = words.split_first() else { bail!("which command? `posthouse prov help` lists them") };
    if matches!(verb.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(verb) = requests().find(|known| is_meant(verb, known.name, known.short)) {
        return by_request(state, verb, words, as_json);
    }
    let (name, _, shape, show) = VERBS
        .iter()
        .find(|(long, short, ..)| is_meant(verb, long, short))
        .ok_or_else(|| anyhow!("there is no command {verb}; `posthouse prov help` lists them"))?;
    let (words, options) = take_options(words);
    let mut request = parse(&words, shape, &mut read_password)
        .map_err(|why| anyhow!("{why}; it is `posthouse prov {}`", usage(name, shape)))?;
    if options.force {
        request["force"] = json!(true);
    }
    let request = json!({"verb": "prov", "request": {*name: request}});
    let answer = call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
    if as_json {
        print_json(&answer);
    } else {
        let before = shape.iter().filter(|word| **word != Shown).count();
        let shown: Vec<String> = if before < shape.len() { words[before..].to_vec() } else { Vec::new() };
        let show = if options.verbose && *show == Show::Names { Show::Everything } else { *show };
        print!("{}", render(&answer, show, &shown));
    }
    Ok(ExitCode::SUCCESS)
}

/// Those that are requests of the admin API.
fn requests() -> impl Iterator<Item = &'static admin::Verb> {
    admin::VERBS.iter().chain(rights::VERBS)
}

fn is_meant(verb: &str, name: &str, short: &str) -> bool {
    name.eq_ignore_ascii_case(verb) || short == verb
}

/// A request of the admin API, which the daemon answers as it would over the network.
fn by_request(state: &StateDir, verb: &admin::Verb, words: &[String], as_json: bool) -> Result<ExitCode> {
    let mut rest = words::Words::new(words);
    let asked = (verb.ask)(&mut rest).and_then(|ask| rest.end().map(|()| ask));
    let ask = asked.map_err(|why| anyhow!("{why}; it is `posthouse prov {} {}`", verb.name, verb.usage))?;
    let request = json!({"verb": "admin", "name": ask.request, "body": ask.body});
    let answer = call(state, Daemon::Mailboxd, &request, &mut |_| {})?;
    if as_json {
        print_json(&answer);
    } else {
        print!("{}", (verb.show)(&answer));
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct Options {
    /// Of a list: everything of each.
    verbose: bool,
    /// Even where there is one.
    force: bool,
}

/// zmprov's options before the first word: `-v`, `-f`; `-e` and `-s SERVER` change nothing here.
fn take_options(words: &[String]) -> (Vec<String>, Options) {
    let (mut rest, mut options) = (words, Options::default());
    loop {
        rest = match rest {
            [first, others @ ..] if first == "-v" => {
                options.verbose = true;
                others
            }
            [first, others @ ..] if first == "-f" => {
                options.force = true;
                others
            }
            [first, others @ ..] if first == "-e" => others,
            [first, _, others @ ..] if first == "-s" => others,
            _ => return (rest.to_vec(), options),
        };
    }
}

fn parse(words: &[String], shape: &[Word], password: &mut dyn FnMut() -> Result<String>) -> Result<Value> {
    let mut request = Map::new();
    let mut words = words.iter();
    for word in shape {
        match word {
            Plain(name) => {
                let value = words.next().ok_or_else(|| anyhow!("the {name} is missing"))?;
                request.insert((*name).to_owned(), json!(value));
            }
            Maybe(name) => {
                request.insert((*name).to_owned(), json!(words.next()));
            }
            Password => {
                let value = words
                    .next()
                    .ok_or_else(|| anyhow!("the password is missing (`-` reads it from standard input)"))?;
                let value = given(value, password)?;
                request.insert("password".to_owned(), json!(value));
            }
            Rest(name) => {
                let rest: Vec<&String> = words.by_ref().collect();
                if rest.is_empty() {
                    bail!("the {name} are missing");
                }
                request.insert((*name).to_owned(), json!(rest));
            }
            // They are for the printer.
            Shown => while words.next().is_some() {},
            Attributes => {
                let mut attrs: Map<String, Value> = Map::new();
                while let Some(name) = words.next() {
                    let value = words.next().ok_or_else(|| anyhow!("attribute {name} has no value"))?;
                    let is_password = name.to_ascii_lowercase().ends_with("password");
                    let value = if is_password { given(value, password)? } else { value.clone() };
                    let values = attrs.entry(name.clone()).or_insert_with(|| json!([]));
                    values.as_array_mut().into_iter().for_each(|list| list.push(json!(value)));
                }
                request.insert("attrs".to_owned(), Value::Object(attrs));
            }
        }
    }
    match words.next() {
        Some(extra) => bail!("{extra} is one word too many"),
        None => Ok(Value::Object(request)),
    }
}

fn given(value: &str, password: &mut dyn FnMut() -> Result<String>) -> Result<String> {
    if value == "-" { password() } else { Ok(value.to_owned()) }
}

fn read_password() -> Result<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("Password (it will be seen): ");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() { bail!("standard input gave no password") } else { Ok(password.to_owned()) }
}

/// `only`: the attributes to print; none: all.
fn render(answer: &Value, show: Show, only: &[String]) -> String {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only.eq_ignore_ascii_case(name));
    let attributes = |entry: &Value| {
        let attrs = entry["attrs"].as_object().into_iter().flatten().filter(|(name, _)| wanted(name));
        let lines = attrs.flat_map(|(name, values)| {
            values.as_array().into_iter().flatten().map(move |value| format!("{name}: {}\n", plain(value)))
        });
        lines.collect::<String>()
    };
    let entry = |entry: &Value| format!("# name {}\n{}\n", plain(&entry["name"]), attributes(entry));
    match show {
        Show::Nothing => String::new(),
        Show::Id => format!("{}\n", plain(&answer["id"])),
        Show::Names => {
            answer.as_array().into_iter().flatten().map(|entry| format!("{}\n", plain(&entry["name"]))).collect()
        }
        Show::Everything => match answer.as_array() {
            Some(all) => all.iter().map(entry).collect(),
            None => entry(answer),
        },
        Show::Settings => attributes(answer),
        Show::Members => {
            let members =
                answer["attrs"]["zimbraMailForwardingAddress"].as_array().map(Vec::as_slice).unwrap_or_default();
            let head = format!("# distributionList {} memberCount={}\n", plain(&answer["name"]), members.len());
            let lines: String = members.iter().map(|member| format!("{}\n", plain(member))).collect();
            format!("{head}{}\nmembers\n{lines}", attributes(answer))
        }
    }
}

fn usage(name: &str, shape: &[Word]) -> String {
    let words = shape.iter().map(|word| match word {
        Plain("name") => " NAME".to_owned(),
        Plain(other) => format!(" {}", other.to_uppercase()),
        Rest(other) => format!(" {}…", other.to_uppercase()),
        Maybe(other) => format!(" [{}]", other.to_uppercase()),
        Password => " PASSWORD|-".to_owned(),
        Attributes => " [ATTRIBUTE VALUE]…".to_owned(),
        Shown => " [ATTRIBUTE]…".to_owned(),
    });
    words.fold(name.to_owned(), |line, word| line + &word)
}

fn help() -> String {
    let own = VERBS.iter().map(|(name, short, shape, _)| format!("  {short:4}  {}\n", usage(name, shape)));
    let others = requests().map(|verb| format!("  {:4}  {} {}\n", verb.short, verb.name, verb.usage));
    let lines = own.chain(others);
    format!(
        "posthouse prov COMMAND … [--state DIR] [--json]\n\n{}\n\
         A password (or the value of an attribute that ends in Password) given as `-` is read from standard input, so that no other user sees it in the list of processes.\n\
         An attribute replaces its values; +ATTRIBUTE adds one, -ATTRIBUTE takes one away, an empty value removes all.\n",
        lines.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verb: &str, words: &[&str]) -> std::result::Result<String, String> {
        let (_, _, shape, _) = VERBS.iter().find(|(_, short, ..)| *short == verb).unwrap();
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        parse(&words, shape, &mut || Ok("from stdin".to_owned())).map(|v| v.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn words_become_requests() {
        assert_eq!(
            check("ca", &["a@b.c", "-", "sn", "S", "+zimbraNotes", "1", "+zimbraNotes", "2"]).unwrap(),
            r#"{"name":"a@b.c","password":"from stdin","attrs":{"sn":["S"],"+zimbraNotes":["1","2"]}}"#
        );
        assert_eq!(check("gaa", &[]).unwrap(), r#"{"domain":null}"#);
        assert_eq!(
            check("md", &["b.c", "zimbraGalLdapBindPassword", "-", "description", "-"]).unwrap(),
            r#"{"name":"b.c","attrs":{"zimbraGalLdapBindPassword":["from stdin"],"description":["-"]}}"#
        );
        assert_eq!(
            check("ma", &["a@b.c", "-zimbraNotes", "1"]).unwrap(),
            r#"{"name":"a@b.c","attrs":{"-zimbraNotes":["1"]}}"#
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert!(check("ca", &["a@b.c"]).unwrap_err().contains("password is missing"));
        assert!(check("ma", &["a@b.c", "sn"]).unwrap_err().contains("sn has no value"));
        assert!(check("dd", &["b.c", "x"]).unwrap_err().contains("one word too many"));
    }

    #[test]
    fn short_forms_are_unique() {
        let own = VERBS.iter().map(|v| v.1);
        let mut shorts: Vec<&str> = own.chain(requests().map(|v| v.short)).collect();
        shorts.sort_unstable();
        shorts.dedup();
        assert_eq!(shorts.len(), VERBS.len() + requests().count());
    }

    #[test]
    fn answers_as_zmprov_prints_them() {
        let account = json!({"id": "1", "name": "a@b.c", "attrs": {"sn": ["S"], "zimbraNotes": ["1", "2"]}});
        assert_eq!(render(&account, Show::Everything, &[]), "# name a@b.c\nsn: S\nzimbraNotes: 1\nzimbraNotes: 2\n\n");
        assert_eq!(render(&account, Show::Everything, &["SN".to_owned()]), "# name a@b.c\nsn: S\n\n");
        assert_eq!(render(&account, Show::Settings, &["sn".to_owned()]), "sn: S\n");
        let list = json!({"name": "l@b.c", "attrs": {"zimbraMailForwardingAddress": ["x@b.c"], "cn": ["l"]}});
        assert_eq!(
            render(&list, Show::Members, &["cn".to_owned()]),
            "# distributionList l@b.c memberCount=1\ncn: l\n\nmembers\nx@b.c\n"
        );
        let (words, options) = take_options(&["-v".to_owned(), "b.c".to_owned()]);
        assert!(options.verbose && !options.force && words == ["b.c"]);
        let (words, options) = take_options(&["-f".to_owned(), "b.c".to_owned()]);
        assert!(options.force && words == ["b.c"]);
    }
}
