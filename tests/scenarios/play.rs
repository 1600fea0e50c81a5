//! Plays a scenario, step by step.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use tokenkeep::error::Failure;
use tokenkeep::manager::{Demand, Fallback, Manager, SecondFactor};
use tokenkeep::provider::Provider;
use tokenkeep::store::Lease;

use super::actors::{Authenticator, Names, Variable, policy};
use super::script::{Action, Given, Kept, Options, Process, Scenario, Step};
use super::services::{PASSWORD, SEED, Service};
use super::{answers, judge, records};
use crate::stage::executor::Call;
use crate::stage::server::{Gate, Heard};
use crate::stage::{Setting, Stage};

const ME: &str = "me";

type Asking = Call<Result<String, Failure>>;

pub struct Play<'a> {
    given: &'a Given,
    service: &'static Service,
    provider: Arc<dyn Provider>,
    names: Arc<Names>,
    environment: Option<String>,
    actors: HashMap<String, Stage>,
    calls: HashMap<String, Asking>,
    gates: HashMap<String, Gate>,
    lease: Option<Lease>,
    /// The generation of the record when it was last looked at.
    generation: Option<u64>,
    /// The highest that was ever seen.
    highest: u64,
}

impl<'a> Play<'a> {
    pub fn of(scenario: &'a Scenario) -> Self {
        let given = &scenario.given;
        let name = given.provider.as_deref().unwrap_or("baserow");
        let service = Service::named(name);
        let provider = service.provider(name, PASSWORD, SEED);
        assert!(service.is_of(&*provider), "services.json says that {name} is {:?}", provider.identity());
        let mut setting = setting(&given.options, given, given.drop_in);
        setting.provider = Some(Arc::clone(&provider));
        // The names need the server, which the stage makes.
        let environment = given.environment.as_ref().map(|_| Arc::new(Late::default()));
        setting.fallback = environment.clone().map(|late| late as Arc<dyn Fallback>);
        let stage = tended(Stage::of(setting));
        let names = Arc::new(Names::new(Arc::clone(&stage.server)));
        let text = given.environment.as_ref().map(|tokens| records::provisioned(tokens, &names, &stage.clock));
        if let (Some(late), Some(text)) = (environment, &text) {
            late.0.set(Variable(text.clone())).ok();
        }
        let mut play = Self {
            given,
            service,
            provider,
            names,
            environment: text,
            actors: HashMap::from([(ME.to_owned(), stage)]),
            calls: HashMap::new(),
            gates: HashMap::new(),
            lease: None,
            generation: None,
            highest: 0,
        };
        if let Some(kept) = &given.record {
            play.put(kept);
        }
        if let Some(kept) = &given.backup {
            let generation = play.me().disk.record().map(|record| record.generation - 2);
            let record = records::record(kept, generation, &*play.provider, &play.names, &play.me().clock);
            play.me().disk.put_backup(&record);
        }
        play.look();
        play
    }

    pub fn play(mut self, steps: &[Step]) -> Result<(), String> {
        for (number, step) in steps.iter().enumerate() {
            self.step(step).map_err(|why| format!("step {} {}:\n  {why}", number + 1, step.text))?;
        }
        Ok(())
    }

    fn me(&self) -> &Stage {
        &self.actors[ME]
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        let who = step.who.as_deref().unwrap_or(ME);
        self.enter(who);
        let asked = self.me().server.heard().len();
        let warned = self.me().log.warnings().len();
        self.act(&step.action, who)?;
        let heard = self.me().server.heard();
        let heard: Vec<String> = heard[asked..].iter().map(|heard| self.request(heard)).collect();
        if heard.len() != step.asked.len() || heard.iter().zip(&step.asked).any(|(got, wanted)| !is_asked(wanted, got))
        {
            return Err(format!("the server was asked {heard:?}, not {:?}", step.asked));
        }
        let warnings = &self.me().log.warnings()[warned..];
        match step.warnings {
            Some(wanted) if warnings.len() != wanted => Err(format!("{wanted} warnings were due, not {warnings:#?}")),
            _ => Ok(()),
        }
    }

    /// A request as scenarios call it: `login`, `refresh with R`.
    fn request(&self, heard: &Heard) -> String {
        let endpoint = self.service.endpoint(&heard.endpoint);
        let token = ["refresh_token", "token"].into_iter().find_map(|name| heard.body.get(name)?.as_str());
        match token.filter(|_| endpoint == "refresh" || endpoint == "revoke") {
            Some(token) => format!("{endpoint} with {}", self.names.name(token)),
            None => endpoint,
        }
    }

    /// A process starts when it is first heard of.
    fn enter(&mut self, who: &str) {
        if self.actors.contains_key(who) {
            return;
        }
        let usual = Process::default();
        let process = self.given.processes.get(who).unwrap_or(&usual);
        let options = process.options.as_ref().unwrap_or(&self.given.options);
        let mut setting = setting(options, self.given, process.drop_in || self.given.drop_in);
        let name = self.given.provider.as_deref().unwrap_or("baserow");
        setting.provider = Some(match &process.password {
            Some(password) => self.service.provider(name, password, SEED),
            None => Arc::clone(&self.provider),
        });
        setting.fallback = self.environment.clone().map(|text| Arc::new(Variable(text)) as Arc<dyn Fallback>);
        let stage = if process.beside_me { self.me().thread(setting) } else { self.me().beside(setting) };
        self.actors.insert(who.to_owned(), tended(stage));
    }

    fn act(&mut self, action: &Action, who: &str) -> Result<(), String> {
        let stage = &self.actors[who];
        match action {
            Action::Answer { login, refresh, verify, revoke } => {
                let queues = [("login", login), ("refresh", refresh), ("verify", verify), ("revoke", revoke)];
                for (endpoint, answers) in queues {
                    answers.answers().iter().for_each(|answer| self.will_answer(endpoint, answer));
                }
            }
            Action::Server { is } => self.always(is),
            Action::Release { gate } => {
                let gate = self.gates.get(gate).ok_or("nothing is held by that name")?;
                stage.open(gate);
            }
            Action::GetToken { force, times, token, error } => {
                let calls: Vec<Asking> = (0..*times).map(|_| stage.ask(demand(*force))).collect();
                for call in &calls {
                    if call.is_waiting() {
                        return Err("the caller still waits".to_owned());
                    }
                    judge::answer(token.as_ref(), error.as_ref(), call.answer(), &self.names)?;
                }
            }
            Action::Ask { r#as, force } => {
                let call = stage.ask(demand(*force));
                self.calls.insert(r#as.clone(), call);
            }
            Action::Answered { of, waiting, token, error } => {
                let call = self.calls.get(of).ok_or("nobody of that name has asked")?;
                return match (call.is_waiting(), waiting) {
                    (true, true) => Ok(()),
                    (true, false) => Err("the caller still waits".to_owned()),
                    (false, true) => {
                        Err(format!("the caller waits no longer: {:?}", call.answer().map(|got| self.names.name(&got))))
                    }
                    (false, false) => judge::answer(token.as_ref(), error.as_ref(), call.answer(), &self.names),
                };
            }
            Action::Advance { seconds, ms } => stage.advance(duration(*seconds + *ms / 1000.0)),
            Action::Suspend { seconds } => stage.clock.suspend(duration(*seconds)),
            Action::SetClock { seconds } => stage.clock.step_wall((seconds * 1000.0).round() as i64),
            Action::Invalidate { token } => {
                let text = token.as_ref().map(|name| self.names.text(name));
                // As `lib/manager.ts` does: without a name, the one that this manager holds is meant.
                stage.invalidate(text.as_deref());
            }
            Action::Logout { error, later } => {
                let call = stage.logout();
                if *later {
                    return Ok(());
                }
                if call.is_waiting() {
                    return Err("it still waits".to_owned());
                }
                return match (call.answer(), error) {
                    (Ok(()), None) => Ok(()),
                    (Err(failure), Some(wanted)) => judge::failure(wanted, &failure),
                    (Err(failure), None) => Err(format!("it failed: {failure}")),
                    (Ok(()), Some(wanted)) => Err(format!("it did not fail with {wanted}")),
                };
            }
            Action::Close {} => drop(stage.close()),
            Action::Peek { token } => {
                let held = stage.manager.look().token;
                let held = held.map(|token| self.names.name(secrecy::ExposeSecret::expose_secret(&token)));
                if held != *token {
                    return Err(format!("it shows {held:?}, not {token:?}"));
                }
            }
            Action::Status(wanted) => return judge::compare(wanted, &judge::status(&stage.manager, &stage.clock)),
            Action::Record { put, removed, torn } => {
                match put {
                    Some(kept) => self.put(kept),
                    None if *removed => stage.disk.remove(),
                    None if *torn => stage.disk.corrupt(),
                    None => return Err("nothing is done to the record".to_owned()),
                }
                self.look();
            }
            Action::Stored(wanted) => {
                let (record, backup) = (stage.disk.record(), stage.disk.backup_record());
                let got =
                    records::described(record.as_ref(), backup.as_ref(), self.generation, self.highest, &self.names);
                self.look();
                return judge::compare(wanted, &got);
            }
            Action::Store { is } => {
                stage.disk.cannot_be_read(is == "unreadable");
                stage.disk.cannot_be_written(is == "unwritable");
                stage.disk.has_no_locks(is == "without locks");
                stage.disk.is_stuck(is == "stuck");
                // Whoever waited for it goes on.
                stage.start(async {});
            }
            Action::Lock { held: true } => self.lease = Some(stage.disk.seize()),
            Action::Lock { held: false } => {
                self.lease = None;
                // Whoever waited for it goes on.
                stage.start(async {});
            }
        }
        Ok(())
    }

    fn will_answer(&mut self, endpoint: &str, script: &Value) {
        let stage = &self.actors[ME];
        let due = answers::due(script, endpoint, self.service, &self.names, &stage.clock);
        let gate = stage.server.will_hold(self.service.path(endpoint), due.answer);
        match due.held {
            Some(name) => drop(self.gates.insert(name, gate)),
            None if due.is_silence => {}
            None => gate.open(),
        }
    }

    fn always(&self, script: &Value) {
        let stage = self.me();
        let up = script.as_str() == Some("up");
        let due = (!up).then(|| answers::due(script, "login", self.service, &self.names, &stage.clock));
        stage.server.always_answers(due.map(|due| due.answer));
    }

    fn put(&self, kept: &Kept) {
        let stage = self.me();
        let record = records::record(kept, self.stored_generation(), &*self.provider, &self.names, &stage.clock);
        stage.disk.put(&record);
    }

    /// The generation of now is what later ones are held against.
    fn look(&mut self) {
        self.generation = self.stored_generation();
        self.highest = self.highest.max(self.generation.unwrap_or_default());
    }

    fn stored_generation(&self) -> Option<u64> {
        self.me().disk.record().map(|record| record.generation)
    }
}

/// With its timer, where the policy wants one.
fn tended(stage: Stage) -> Stage {
    stage.manager.tend(Manager::renew_aside);
    stage.start(async {});
    stage
}

/// A variable whose tokens are minted once the stage is there.
#[derive(Default)]
struct Late(std::sync::OnceLock<Variable>);

impl Fallback for Late {
    fn tokens(&self) -> Option<(secrecy::SecretString, String)> {
        self.0.get()?.tokens()
    }
}

fn setting(options: &Options, given: &Given, drop_in: bool) -> Setting {
    Setting {
        policy: policy(options, drop_in),
        stored: given.stored,
        second_factor: given.totp.then(|| Arc::new(Authenticator) as Arc<dyn SecondFactor>),
        ..Setting::default()
    }
}

/// What was sent is compared only where the script names it.
fn is_asked(wanted: &str, got: &str) -> bool {
    wanted == got || (!wanted.contains(' ') && got.split(' ').next() == Some(wanted))
}

fn demand(force: bool) -> Demand {
    if force { Demand::Renewed } else { Demand::Fresh }
}

fn duration(seconds: f64) -> std::time::Duration {
    std::time::Duration::from_secs_f64(seconds)
}
