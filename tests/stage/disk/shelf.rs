//! The disk as a shelf, whose texts a `KeyedStore` understands: it has a generation for each text, and no other idea of it.

use super::*;

/// Does this test binary play over a `KeyedStore`?
pub const IS_OURS: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), [b's', b'h', b'e', b'l', b'v', b'e', b'd', ..]);

/// The member `backup` of a text.
pub fn backup_in(text: &SecretString) -> Option<SecretString> {
    let object: serde_json::Value = serde_json::from_str(text.expose_secret()).ok()?;
    Some(object.get("backup")?.to_string().into())
}

/// The text with another member `backup`.
pub fn with_backup(text: &SecretString, backup: &SecretString) -> SecretString {
    let mut object: serde_json::Value = serde_json::from_str(text.expose_secret()).expect("a record");
    object["backup"] = serde_json::from_str(backup.expose_secret()).expect("a record");
    object.to_string().into()
}

/// The text with nothing in it but its version, its generation and its backup.
pub fn without_record(text: &SecretString) -> SecretString {
    let mut object: serde_json::Value = serde_json::from_str(text.expose_secret()).expect("a record");
    object
        .as_object_mut()
        .expect("an object")
        .retain(|name, _| ["version", "generation", "backup"].contains(&name.as_str()));
    object.to_string().into()
}

/// What somebody else's store would have in a column beside the text. A torn text has lost its own as well.
fn generation_of(text: &SecretString) -> Option<u64> {
    serde_json::from_str::<serde_json::Value>(text.expose_secret()).ok()?.get("generation")?.as_u64()
}

fn digits(key: &str) -> String {
    key.rsplit('-').next().unwrap_or(key).to_owned()
}

impl Shelf for Disk {
    fn load(&self, key: &str) -> Boxed<Result<Option<Shelved>, Trouble>> {
        let (state, key) = (Arc::clone(&self.state), digits(key));
        let gate = state.lock().unwrap().held_reads.pop_front();
        self.note("load");
        Box::pin(async move {
            opened(gate).await;
            let (read, pause) = {
                let mut state = state.lock().unwrap();
                if state.is_unreadable {
                    return Err(Trouble("load() failed (Input/output error)".to_owned()));
                }
                let in_passing = state.is_in_passing(&key);
                (state.records.get(&key).cloned().map(|text| Shelved { text, in_passing }), state.after_a_read(&key))
            };
            opened(pause).await;
            Ok(read)
        })
    }

    fn save(&self, key: &str, text: SecretString, expected: Option<u64>, _: u64) -> Boxed<Result<bool, Trouble>> {
        let (state, key) = (Arc::clone(&self.state), digits(key));
        let gate = state.lock().unwrap().before_a_save();
        Box::pin(async move {
            opened(gate).await;
            let mut state = state.lock().unwrap();
            state.log.push("save");
            state.check_writing()?;
            if state.records.get(&key).and_then(generation_of) != expected {
                state.log.push("lost");
                return Ok(false);
            }
            state.records.insert(key, text);
            Ok(true)
        })
    }

    fn clear(&self, key: &str, expected: u64) -> Boxed<Result<bool, Trouble>> {
        self.note("clear");
        let (state, key) = (Arc::clone(&self.state), digits(key));
        let gate = state.lock().unwrap().held_clears.pop_front();
        Box::pin(async move {
            opened(gate).await;
            let mut state = state.lock().unwrap();
            state.check_writing()?;
            if state.records.get(&key).and_then(generation_of) != Some(expected) {
                return Ok(false);
            }
            Ok(state.records.remove(&key).is_some())
        })
    }

    fn lock(&self, key: &str, patience: Duration) -> Boxed<Result<Lease, NoLock>> {
        self.locked(digits(key), patience)
    }
}
