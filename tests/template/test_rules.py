"""Each rule, broken: a template that is worse in one thing must fail, and for that thing. A check that cannot fail is none."""

import copy
import re
import unittest

import access
import check
import running
import template
from broken import BROKEN, resource

SOURCE = template.source()
RULES = access.RULES + running.RULES


class Rules(unittest.TestCase):
    def test_the_template_as_it_is_breaks_none(self):
        self.assertEqual(check.broken_rules(SOURCE, template.expanded(SOURCE)), [])

    def test_each_template_that_is_worse_breaks_its_rule_and_no_rule_is_spared(self):
        spared = {rule.__name__ for rule in RULES}
        for what, (worsen, said) in BROKEN.items():
            with self.subTest(what):
                source = copy.deepcopy(SOURCE)
                worsen(source)
                self.assertNotEqual(source, SOURCE, "nothing was changed")
                expanded = template.expanded(source)
                found = {rule.__name__: list(rule(source, expanded)) for rule in RULES}
                told = [failure for failures in found.values() for failure in failures]
                self.assertTrue(any(re.search(said, failure) for failure in told), told)
                spared -= {rule for rule, failures in found.items() if failures}
        self.assertEqual(spared, set(), "rules that nothing breaks")

    def test_nothing_is_written_once_and_meant_twice(self):
        self.assertEqual(check.aliases("a: &once {b: 1}\nc: *once\n"), ["template.yaml:2: an alias"])

    def test_a_parameter_that_readme_does_not_explain_is_told(self):
        readme = template.read("README.md").replace("`JwtAudience`", "")
        self.assertEqual(check.unexplained(SOURCE, readme), ["README.md does not explain JwtAudience"])

    def test_a_runbook_must_say_what_to_do(self):
        text = template.read("docs/runbooks.md").replace("**Do**", "**Hope**", 1)
        found = list(running.alarms_have_runbooks(SOURCE, template.expanded(SOURCE), text))
        self.assertEqual(found, ["docs/runbooks.md: ApiFails lacks **Do**"])

    def test_checkov_finds_what_nobody_argued_for(self):
        source = copy.deepcopy(SOURCE)
        resource(source, "Table").pop("PointInTimeRecoverySpecification")
        found = check.checkov(template.expanded(source))
        self.assertTrue(any("CKV_AWS_28 Table" in failure for failure in found), found)

    def test_an_argument_that_nothing_fails_for_is_told(self):
        source = copy.deepcopy(SOURCE)
        resource(source, "PublishEvents")["ReservedConcurrentExecutions"] = 1
        found = check.checkov(template.expanded(source))
        self.assertEqual(found, ["skips.json: CKV_AWS_115 PublishEvents does not fail"])


if __name__ == "__main__":
    unittest.main()
