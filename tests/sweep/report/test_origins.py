"""Where arms and trials come from is said under the table."""

from dataclasses import asdict

from sweep.ablation import designs
from sweep.model.lineage import lineage
from sweep.report import caveats, origins, trace
from sweep.report.evidence import gather
from sweep.search import population
from tests.sweep.conftest import Bench
from tests.sweep.report.walked_path import table, texts, walked
from tests.sweep.session.searches import SCHEDULED, populated


def test_the_ablation_table_has_only_the_kept_steps_of_a_path(study):
    history = walked(study).history()
    (found,) = table(history, "ablation")
    names = [record["arm"] for record in found.records()]
    assert names == [
        "baseline",
        "far",
        "path 1: dice_weight=1",
        "path 2: loss_type=focal",
    ]
    assert trace(history, "path 1: loss_type=focal").rows, (
        "the others can still be traced"
    )
    assert all(
        caveat.arm in (None, *names) for caveat in caveats.all_caveats(gather(history))
    )


def test_an_untrained_arm_is_named_with_the_reason(study):
    writer = walked(study)
    writer.add(
        "arm_skipped",
        arm="aggressive",
        reason="mean val/f1 of far is 0.72, not below 0.7",
    )
    found = texts(origins.skipped(gather(writer.history())))
    assert found == [
        "aggressive was not trained: mean val/f1 of far is 0.72, not below 0.7"
    ]


def test_the_best_of_the_search_name_their_trials_and_seeds_that_chose_them(study):
    writer = walked(study)
    best = designs.Arm(
        "best 1", {"epochs": 3}, "top_k", "baseline", None, {}, origin=17
    )
    writer.add("arms_decided", arms=[asdict(best)])
    (found,) = origins.best_of_search(gather(writer.history()))
    assert found.text.endswith(
        "best 1 that of trial 17; seeds [1] also selected them, and are not fresh"
    )
    assert found.trials == (17,)


def test_an_arm_with_unhealthy_runs_is_marked(study):
    found = {
        caveat.arm: caveat
        for caveat in origins.unhealthy(gather(walked(study).history()))
    }
    assert set(found) == {"baseline", "path 1: loss_type=focal"}
    assert (
        found["baseline"].text
        == "baseline: health rules broken: milestones 3 by trials 0–2"
    )


def test_warnings_of_health_rules_are_not_repeated_as_notices(study):
    writer = walked(study)
    writer.add(
        "notice", trial=0, message="milestones 3: late", rule="milestones 3", epoch=2
    )
    writer.add("notice", trial=None, message="the log was cut")
    assert texts(caveats.notices(gather(writer.history()))) == ["the log was cut"]


def test_an_arm_with_a_schedule_names_the_other_values_that_it_was_found_with(tmp_path):
    """A schedule that suits one loss, or depth, may not suit the arm's."""
    history = Bench(tmp_path, populated() + SCHEDULED).run()
    evidence = gather(history)
    member = population.best(history)
    depth = lineage(member).config["depth"]
    general, *marked = origins.schedules(evidence)
    assert general.text == (
        f"Schedules of the population trained again: scheduled that of trial {member.number}, deep "
        f"and scheduled that of trial {member.number}; seeds [0] also selected them, and are not "
        f"fresh"
    )
    arms = {"scheduled": 1, "deep and scheduled": 3}
    expected = [
        f"{arm}: its schedule was found with depth {depth} (trial {member.number}), and the arm has "
        f"depth {own}"
        for arm, own in arms.items()
        if own != depth
    ]
    assert expected
    assert texts(marked) == expected
    assert list(origins.best_of_search(evidence)) == []
