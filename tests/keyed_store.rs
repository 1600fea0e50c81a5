//! A store on a shelf of somebody's own: the text, the fence, the backup in the text, and every way in which a shelf may
//! not do what it should.

mod stage;

#[path = "keyed_store"]
mod keyed_store {
    mod board;
    mod fencing;
    mod locking;
    mod sealing;
    mod text;
    mod trouble;
    mod writing;
}
