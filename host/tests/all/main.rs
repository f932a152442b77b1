//! What the host does with components that are no policies, and with policies that misbehave.

mod answers;
mod contract;
mod deadline;
mod description;
mod facts;
mod guest;
mod guests;
mod hostile_messages;
mod hostile_page;
mod key_answers;
mod langwatch;
mod limits;
mod older;
mod repair_answers;
mod spoilt;
mod threads;
