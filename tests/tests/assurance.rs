//! `docs/assurance.md` is whole and true: every threat, fault, invariant and error of ours has its row, and
//! every test that a row names exists and is run. `assurance/doctored.rs` shows that each of these can fail.

mod assurance {
    mod doctored;
    mod enums;
    mod page;
    mod references;
    mod tree;

    use page::flaws;
    use tree::Tree;

    #[test]
    fn every_row_is_there_once_and_every_test_that_it_names_is_run() {
        let tree = Tree::of_the_repository();
        let found = flaws(tree.text("docs/assurance.md"), &tree);
        assert!(found.is_empty(), "docs/assurance.md:\n{}", found.join("\n"));
    }
}
