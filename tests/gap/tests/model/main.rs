//! Whatever happens, in whatever order: no more computers at work than were sold and bounded, no no
//! without a way on, and nobody stranded.
//!
//! `PROPTEST_CASES` says how many lives are played; without it a few, the same in every run.

mod bounds;
mod machines;
mod ops;
mod people;
mod tally;
mod world;

use std::{env, thread, time::Instant};

use ops::{Life, life};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tally::Tally;
use world::World;

/// How many lives are played where nothing else is said, and how many things happen in each at most.
const LIVES: u32 = 48;
const STEPS: usize = 48;
/// How many play at once.
const PLAYERS: u32 = 4;

/// What the lives have to reach together, so that the bounds were held against something.
const REACHED: [&str; 54] = [
    "vendor: answered, activated",
    "vendor: answered, moved",
    "vendor: answered, reissued",
    "vendor: freed",
    "vendor: frees later",
    "vendor: recorded",
    "vendor: repeated",
    "vendor: outdated",
    "vendor: time told",
    "vendor: status read",
    "vendor: refresh made",
    "vendor: released",
    "vendor: no_free_seat",
    "vendor: activation_code_not_accepted",
    "vendor, precisely: entitlement_suspended",
    "vendor: request_superseded",
    "vendor: request_forked",
    "vendor: reactivation_cap_reached",
    "vendor: device_blocked",
    "vendor: activation_superseded",
    "vendor: activation_deactivated",
    "vendor: activation_released",
    "vendor: release_cap_reached",
    "client: activated",
    "client: refreshed",
    "client: clock mended",
    "client: already applied",
    "client: emergency run",
    "client: moved",
    "client: reset",
    "client, kept: no_free_seat",
    "client: already_active",
    "client: answers_nothing_outstanding",
    "client: answer_for_other_device",
    "client: refresh_older",
    "client: refresh_for_other_activation",
    "client: nothing_to_deactivate",
    "client: wrong_device",
    "client: clock_behind",
    "client: store_damaged",
    "standing: licensed",
    "standing: grace",
    "standing: emergency",
    "standing: unlicensed",
    "standing: expired",
    "standing: stopped",
    "standing: blocked",
    "audit log: device_forked",
    "audit log: device_state_restored",
    "audit log: emergency_told",
    "ran on after its seat was deactivated",
    "ran on after its seat was superseded",
    "ran on after its seat was released",
    "a snapshot was restored",
];

fn play(life: &Life, tally: &Tally) -> Result<(), String> {
    let mut world = World::new(life, tally);
    for op in life.ops.iter().flat_map(|op| op.steps()) {
        world.happens(op)?;
        world.holds()?;
        tally.count("steps");
    }
    // From wherever it has come to: each computer, one after the other.
    for desk in 0..2 {
        world.rescue(desk)?;
        world.holds()?;
    }
    tally.count("lives");
    Ok(())
}

#[test]
fn whatever_happens_the_bounds_hold_and_nobody_is_stranded() {
    let asked = env::var("PROPTEST_CASES").ok();
    let lives = asked.as_ref().and_then(|lives| lives.parse().ok());
    let lives: u32 = lives.unwrap_or(LIVES);
    let (tally, begun) = (Tally::default(), Instant::now());
    thread::scope(|scope| {
        let players: Vec<_> = (0..PLAYERS)
            .map(|player| {
                let (tally, is_fixed) = (&tally, asked.is_none());
                scope.spawn(move || player_plays(player, lives.div_ceil(PLAYERS), is_fixed, tally))
            })
            .collect();
        for player in players {
            if let Err(found) = player.join().unwrap() {
                panic!("{found}");
            }
        }
    });
    println!("{tally}");
    println!(
        "{} steps in {} lives, {:.1} s",
        tally.of("steps"),
        tally.of("lives"),
        begun.elapsed().as_secs_f32()
    );
    let missed: Vec<_> = REACHED.iter().filter(|name| tally.of(name) == 0).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

/// One player's share of the lives. Where nothing else was asked for, the same in every run, so that
/// what has to be reached is.
fn player_plays(player: u32, lives: u32, is_fixed: bool, tally: &Tally) -> Result<(), String> {
    let config = Config {
        cases: lives,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    let mut seed = [17; 32];
    seed[..4].copy_from_slice(&player.to_be_bytes());
    let mut runner = if is_fixed {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        TestRunner::new_with_rng(config, rng)
    } else {
        TestRunner::new(config)
    };
    let played = runner.run(&life(STEPS), |life| {
        play(&life, tally).map_err(TestCaseError::fail)
    });
    match played {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, life)) => Err(format!("{why}\nin {life:?}")),
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}
