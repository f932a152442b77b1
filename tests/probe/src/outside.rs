//! The policy outside, and who asks from there.
#![expect(unsafe_code, reason = "generated from WIT")]

use std::cell::RefCell;

use clearance::{Authorizer, Directory, PolicyVersion};
use clearance_question::{self as question, CallError, ComponentInfo};

wit_bindgen::generate!({
    inline: "
        package clearance:probe;
        world probe {
            // The two functions of a policy's interface `wire`.
            import decide: func(question: list<u8>) -> u64;
            import call: func(question: list<u8>) -> list<u8>;
            // Takes a directory, and the digest and the contract of the policy. Answers what is wrong with them.
            export load: func(directory: string, digest: string, contract: string) -> option<string>;
            // Answers a line.
            export answer: func(line: string) -> option<string>;
        }
    ",
    default_bindings_module: "crate::outside",
});

thread_local! {
    static AUTHORIZER: RefCell<Option<Authorizer>> = const { RefCell::new(None) };
}

/// The policy whose functions are imported.
struct Outside;

impl question::Guest for Outside {
    fn decide(&self, question: &[u8], accepts: &mut dyn FnMut(u64) -> bool) -> Result<(), CallError> {
        accepts(decide(question));
        Ok(())
    }

    fn call(&self, question: &[u8], accepts: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), CallError> {
        accepts(&call(question));
        Ok(())
    }
}

fn open(directory: &str, digest: &str, contract: &str) -> Result<Authorizer, Box<dyn std::error::Error>> {
    let policy = PolicyVersion::new(Outside, ComponentInfo::new(digest.parse()?, contract))?;
    Ok(Authorizer::new(policy, Directory::from_json(directory)?)?)
}

struct Probe;

impl Guest for Probe {
    fn load(directory: String, digest: String, contract: String) -> Option<String> {
        match open(&directory, &digest, &contract) {
            Ok(authorizer) => {
                AUTHORIZER.replace(Some(authorizer));
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }

    fn answer(line: String) -> Option<String> {
        AUTHORIZER.with_borrow(|authorizer| crate::answer(authorizer.as_ref()?, &line))
    }
}

export!(Probe);
