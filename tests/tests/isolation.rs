//! I12: no call of one user reads, changes or tells anything of another. A generated matrix: every route,
//! every pair of users, every kind of object. What is asked for a stranger's object must be answered as if
//! there were no such object, and the table must stay as it is.

mod isolation {
    mod belongings;
    mod matrix;
    mod outage;
}
