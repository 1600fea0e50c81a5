//! The provider for a login of the user's own, rule by rule: which errands it sends, and what each answer means to it.

mod stage;

mod custom {
    mod answers;
    mod errands;
    mod home;
    mod renewals;
    mod thrown;
}
