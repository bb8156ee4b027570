# Copyright (c) 2026, zero.downtime maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.zero.downtime.plugins.plugin_utils._rollout import observed, plan, preflight

PINNED = "registry.example.com/hello@sha256:aa"


def host(name, *, serving=True, swap_needed=True, image=PINNED, **rest):
    return observed.Host(name, (name,), image, swap_needed=swap_needed, serving=serving, **rest)


def make(*args, forks=50, **options):
    return plan.make(*args, forks=forks, **options)


def least(*args, **options):
    """What the guard of each drain is told."""
    (found,) = {turn.min_healthy for turn in make(*args, stated_batches=None, **options).turns.values()}
    return found


def handing_over(*args, **options):
    """By host, the one that is drained in the visit which restores it."""
    turns = make(*args, **options).turns.values()
    pairs = {turn.host: turn.next_host for turn in turns if turn.next_host}
    assert {turn.previous_host: turn.host for turn in turns if turn.previous_host} == pairs
    return pairs


def behind_one(name, **rest):
    return host(name, **{"balancers": ("lb1",), **rest})


def balancer(*servers, backups=(), down=()):
    known = {*servers, *backups}
    return observed.Process("lb1", frozenset(servers), serving=frozenset(known - set(down)), backups=frozenset(backups))


def test_hosts_that_do_not_serve_go_first_and_the_inventory_decides_the_rest():
    made = make([host("a"), host("b"), host("c", serving=False)], [], stated_batches=None, min_healthy=0.8)
    assert made.hosts == ["c", "a", "b"]


def test_a_host_on_the_digest_that_serves_is_left_alone():
    made = make([host("a", swap_needed=False), host("b")], [], stated_batches=None, min_healthy=0.8)
    assert (made.hosts, made.up_to_date, made.batches) == (["b"], ["a"], [1])


def test_the_first_host_is_the_canary_of_the_others():
    assert make([host(str(number)) for number in range(10)], [], stated_batches=None, min_healthy=0.8).batches == [
        1,
        2,
        2,
        2,
        2,
        1,
    ]


def test_a_host_on_the_digest_that_an_interrupted_run_left_out_takes_a_turn():
    made = make([host("a", swap_needed=False, serving=False)], [], stated_batches=None, min_healthy=0)
    assert made.hosts == ["a"]


def test_nothing_to_do_makes_no_turn():
    made = make([host("a", swap_needed=False)], [balancer("a")], stated_batches=[1, "50%"], min_healthy=0.8)
    assert (made.hosts, made.batches) == ([], [])


def test_the_batch_is_a_share_of_all_hosts_and_not_of_those_that_are_left():
    hosts = [host(str(number), swap_needed=number < 3) for number in range(10)]
    assert make(hosts, [], stated_batches=None, min_healthy=0.8).batches == [1, 2]


def test_a_stated_batch_never_takes_out_more_than_min_healthy_allows():
    hosts = [host(str(number)) for number in range(10)]
    assert make(hosts, [], stated_batches=[1, "100%"], min_healthy=0.8).batches == [1, 2, 2, 2, 2, 1]


def test_a_tag_that_moved_while_the_hosts_asked_is_refused():
    with pytest.raises(preflight.Refused, match=r"sha256:aa on a; .*sha256:bb on b. In a deploy"):
        make([host("a"), host("b", image=PINNED[:-2] + "bb")], [], stated_batches=None, min_healthy=0.8)


@pytest.mark.parametrize(("servers", "min_healthy"), [(["a"], 0.8), (["a", "b"], 2)])
def test_nothing_to_spare_is_refused_before_the_guard_would_wait_for_it(servers, min_healthy):
    with pytest.raises(preflight.Refused, match=r"can't be drained\. Lower rollout_min_healthy"):
        make([host("a")], [balancer(*servers)], stated_batches=None, min_healthy=min_healthy)


@pytest.mark.parametrize(
    ("active", "backups", "min_healthy", "turns", "most_out"),
    [
        (8, 2, 0.8, [1] * 10, 1),
        (5, 5, 0.5, [1, 2, 2, 2, 2, 1], 2),
        (5, 5, 3, [1, 2, 2, 2, 2, 1], 2),
        (2, 2, 0, [1, 3], 4),
        # No share is counted of backups, and here only they go out.
        (1, 1, 0.8, [1, 1], 1),
        (0, 3, 0.8, [1, 1, 1], 1),
    ],
)
def test_a_batch_is_never_larger_than_what_the_guard_spares_of_a_backend_with_backups(
    active, backups, min_healthy, turns, most_out
):
    names = [str(number) for number in range(active + backups)]
    process = balancer(*names[:active], backups=names[active:])
    made = make([host(name) for name in names], [process], stated_batches=None, min_healthy=min_healthy)
    assert (made.batches, made.most_out) == (turns, most_out)


def test_the_load_balancer_that_spares_least_decides():
    hosts = [host(name) for name in "abcd"]
    made = make(hosts, [balancer(*"abcd"), balancer(*"abc", backups="d")], stated_batches=None, min_healthy=0.5)
    assert made.batches == [1, 1, 1, 1]


def test_a_server_that_is_down_and_has_no_turn_can_not_be_spared():
    """One of this rollout is mended in the first turn."""
    mates = [host(name, serving=name != "a") for name in "abcdefgh"]
    everybody = "abcdefghij"
    assert make(mates, [balancer(*everybody, down="a")], stated_batches=None, min_healthy=0.7).batches == [
        1,
        2,
        2,
        2,
        1,
    ]
    assert make(mates, [balancer(*everybody, down="aij")], stated_batches=None, min_healthy=0.7).batches == [1] * 8


@pytest.mark.parametrize(
    ("going", "min_healthy"), [("a", 0.8), ("b", 0.8), ("b", 1)], ids=["a backup takes over", "share", "number"]
)
def test_a_server_is_spared_that_the_guard_lets_go(going, min_healthy):
    made = make([host(going)], [balancer("a", backups="b")], stated_batches=None, min_healthy=min_healthy)
    assert made.batches == [1]


def test_a_server_that_its_backup_can_not_make_up_for_is_refused_by_name():
    process = balancer("a", "b", backups="c")
    with pytest.raises(preflight.Refused, match=r"so a can't be drained"):
        make([host("a"), host("c")], [process], stated_batches=None, min_healthy=2)
    assert make([host("c")], [process], stated_batches=None, min_healthy=2).batches == [1]


def test_side_by_side_takes_batches_as_they_are_because_no_host_goes_out():
    hosts = [
        observed.Host(str(n), (f"{n}-1", f"{n}-2"), PINNED, swap_needed=True, serving=True, slots=(1, 2))
        for n in range(10)
    ]
    servers = balancer(*(f"{n}-{port}" for n in range(10) for port in (1, 2)))
    made = make(hosts, [servers], stated_batches=[1, "100%"], min_healthy=1.0)
    assert (made.batches, {turn.min_healthy for turn in made.turns.values()}) == ([1, 9], {9})


def test_side_by_side_backups_are_not_among_those_that_must_serve():
    """The guard is told this number, and never counts a backup beside others."""
    hosts = [
        observed.Host(str(n), (f"{n}-1", f"{n}-2"), PINNED, swap_needed=True, serving=True, slots=(1, 2))
        for n in range(10)
    ]
    lines = [[line for host in half for line in host.lines] for half in (hosts[:5], hosts[5:])]
    plain, mixed = balancer(*lines[0], *lines[1]), balancer(*lines[0], backups=lines[1])
    assert least(hosts, [mixed], min_healthy=0.8) == 4
    assert least(hosts, [mixed, plain], min_healthy=0.8) == 8
    only = balancer(backups=[*lines[0], *lines[1]])
    assert least(hosts, [only], min_healthy=0.8) == 8


def test_the_only_server_goes_out_by_consent():
    assert make([host("a")], [balancer("a")], stated_batches=None, min_healthy=0).batches == [1]


def test_the_first_deploy_of_an_only_server_interrupts_nothing():
    dead = observed.Process(name="lb1", servers=frozenset("a"), serving=frozenset())
    assert make([host("a", serving=False)], [dead], stated_batches=None, min_healthy=0.8).hosts == ["a"]


def test_a_batch_that_takes_no_turns_is_refused_where_the_guard_would_let_it_out_only_in_turns():
    def batch(names, servers, **down):
        hosts = [host(name, serving=name not in down.get("down", ())) for name in names]
        return make(hosts, [balancer(*servers, **down)], stated_batches=None, min_healthy=0.8, at_once=True)

    with pytest.raises(
        preflight.Refused, match=r"can't spare a, b together with rollout_min_healthy 0.8. State serial: 1 on the play"
    ):
        batch("ab", "abcdefghi")
    assert batch("ab", "abcdefghij").hosts == ["a", "b"]
    assert batch("ab", "acdef", backups="bghij").hosts == ["a", "b"]
    with pytest.raises(preflight.Refused, match="can't spare b, c together"):
        batch("abc", "abcdefghij", down="a")
    # Nobody takes out what does not serve.
    assert batch("ab", "abc", down="a").hosts == ["a", "b"]
    assert batch("abc", "abc", down="abc").hosts == ["a", "b", "c"]
    # For the others the guard waits.
    assert batch("a", "abc", down="b").hosts == ["a"]


@pytest.mark.parametrize(("slots", "turns"), [((), [1, 5, 4]), ((1, 2), [1, 5, 4])])
def test_no_batch_is_larger_than_what_ansible_works_on_at_a_time(slots, turns):
    hosts = [
        observed.Host(
            str(n), (f"{n}-1", f"{n}-2")[: len(slots) or 1], PINNED, swap_needed=True, serving=True, slots=slots
        )
        for n in range(10)
    ]
    assert make(hosts, [], stated_batches=[1, "100%"], min_healthy=0.2, forks=5).batches == turns


def test_with_slots_a_share_is_of_all_that_haproxy_has_whatever_the_limit_of_the_run():
    servers = balancer(*(f"{n}-{port}" for n in range(300) for port in (1, 2)), "0")
    one = observed.Host("7", ("7-1", "7-2"), PINNED, swap_needed=True, serving=True, slots=(1, 2))
    assert least([one], [servers], min_healthy=0.8) == 240


def test_one_that_goes_alone_is_followed_by_the_next_one_that_does():
    hosts = [behind_one("a"), behind_one("b", server="sb"), behind_one("c")]
    made = make(hosts, [], stated_batches=[1, 1, 1], min_healthy=0.6)
    assert made.turns["a"].next_server == "sb"
    assert [turn.in_step[-1] for turn in made.turns.values()] == ["hand_over", "hand_over", "restore"]
    assert handing_over(hosts, [], stated_batches=[1, 1, 1], min_healthy=0.6) == {"a": "b", "b": "c"}
    assert handing_over(hosts, [], stated_batches=[1, 2], min_healthy=0.3) == {}


def test_in_a_batch_of_a_play_of_the_user_s_it_is_not_known_who_comes_next():
    hosts = [behind_one("a"), behind_one("b")]
    assert handing_over(hosts, [], stated_batches=[1], min_healthy=0, at_once=True) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # An operator may keep it out.
        ({"serving": False}, {"serving": False}),
        # Something comes between the two turns.
        ({}, {"before_host": True}),
        ({"verifies": True}, {}),
        # It leaves only once its new version serves, in a slot.
        ({"slots": (8081, 8082)}, {"slots": (8081, 8082)}),
        # Nobody knows how long the user's own tasks take, nor whether they come to an end.
        ({"own_tasks": True}, {}),
        ({}, {"own_tasks": True}),
        # A rollback goes by its own way.
        ({"to_previous": True}, {"to_previous": True}),
        # Two visits are not one.
        ({"balancers": ("lb1", "lb2")}, {"balancers": ("lb1", "lb2")}),
        ({"balancers": ()}, {"balancers": ()}),
    ],
)
def test_a_host_whose_leaving_is_up_to_its_own_turn_is_not_drained_before(first, second):
    hosts = [behind_one("a", **first), behind_one("b", **second)]
    assert handing_over(hosts, [], stated_batches=[1], min_healthy=0) == {}


def test_in_check_mode_no_host_is_drained_before_its_turn():
    hosts = [behind_one("a"), behind_one("b")]
    assert handing_over(hosts, [], stated_batches=[1], min_healthy=0, check_mode=True) == {}


def test_each_host_has_the_turn_that_its_user_wants():
    hosts = [behind_one("a", before_host=True), behind_one("b", own_tasks=True), behind_one("c", verifies=True)]
    turns = make(hosts, [], stated_batches=[3], min_healthy=0).turns
    assert {name: list(turn.sits_out) for name, turn in turns.items()} == {
        "a": ["own_tasks", "verify"],
        "b": ["before_host", "swap", "verify"],
        "c": ["before_host", "own_tasks"],
    }
    assert {tuple(turn.in_step) for turn in turns.values()} == {
        ("before_host", "drain", "own_tasks", "swap", "restore", "verify")
    }
    assert {turn.image for turn in turns.values()} == {PINNED}
