//! Programs that behave and programs that do not. Scripts are run by naming the shell as the program.
#![cfg(unix)]

use nanoark_domain::id::JobId;
use nanoark_domain::job::Fence;
use serde_json::json;

use super::*;
use crate::seller::stop::StopHandle;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> ExecTool {
        let arguments = arguments.iter().map(OsString::from).collect();
        ExecTool::new(program, arguments, self.folder.path().join("runs")).with_limits(ExecLimits {
            timeout: Duration::from_secs(20),
            max_output_bytes: 4_096,
        })
    }

    fn script(&self, script: &str) -> ExecTool {
        self.tool("/bin/sh", &["-c", script])
    }

    fn is_clean(&self) -> bool {
        std::fs::read_dir(self.folder.path().join("runs"))
            .unwrap()
            .next()
            .is_none()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

fn task(input: &str) -> Task {
    Task {
        kind: TaskKind::Work {
            fence: Fence(17),
            run: 2,
        },
        job_id: JobId::from_bytes([7; 16]),
        input: input.as_bytes().to_vec(),
    }
}

async fn run(tool: &ExecTool, input: &str) -> Result<serde_json::Value, ToolFailure> {
    tool.run(&task(input), Stop::never())
        .await
        .map(|ToolOutput(value)| value)
}

/// Whether a process runs. Zombies do not.
fn is_alive(process: &str) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/stat", process.trim())) else {
        return false;
    };
    !status.rsplit(')').next().unwrap().trim().starts_with('Z')
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} never came true");
}

#[tokio::test]
async fn cat_gives_the_input_back_and_leaves_nothing_behind() {
    let bench = Bench::new();
    let tool = bench.tool("/bin/cat", &[]);
    let input = json!({"text": "grüße", "list": [1, 2.5, null]});
    assert_eq!(run(&tool, &input.to_string()).await, Ok(input));
    assert!(bench.is_clean());
}

#[tokio::test]
async fn a_program_sees_its_task_and_nothing_of_the_workers_environment() {
    let bench = Bench::new();
    let tool = bench.script(r#"env | sort | sed 's/.*/"&"/' | paste -sd, | sed 's/.*/[&]/'"#);
    let variables = BTreeMap::from([("EXTRA".into(), "yes".into()), ("LANG".into(), "de".into())]);
    let seen = run(&tool.with_environment(variables), "{}").await.unwrap();
    let seen: Vec<&str> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let names: Vec<&str> = seen.iter().map(|line| line.split('=').next().unwrap()).collect();
    // The shell itself adds PWD, and some add SHLVL, OLDPWD and `_`.
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| !["PWD", "SHLVL", "OLDPWD", "_"].contains(name))
        .collect();
    let expected = [
        "EXTRA",
        "HOME",
        "LANG",
        "NANOARK_FENCE",
        "NANOARK_JOB_ID",
        "NANOARK_RUN",
        "NANOARK_TASK",
        "PATH",
        "TMPDIR",
    ];
    assert_eq!(names, expected);
    for line in ["NANOARK_FENCE=17", "NANOARK_RUN=2", "NANOARK_TASK=work", "LANG=de"] {
        assert!(seen.contains(&line), "{line} in {seen:?}");
    }
}

#[tokio::test]
async fn every_way_to_fail_has_its_name() {
    let bench = Bench::new();
    let rows = [
        ("exit 3", ToolFailure::Exit(3)),
        ("echo '{}'; exit 1", ToolFailure::Exit(1)),
        ("kill -9 $$", ToolFailure::Signal),
        ("echo hello", ToolFailure::NotJson),
        ("echo '{} {}'", ToolFailure::NotJson),
        ("true", ToolFailure::NotJson),
        ("head -c 4097 /dev/zero", ToolFailure::TooLarge(4_096)),
        ("yes", ToolFailure::TooLarge(4_096)),
        ("yes & sleep 1000", ToolFailure::TooLarge(4_096)),
    ];
    for (script, expected) in rows {
        assert_eq!(run(&bench.script(script), "{}").await, Err(expected), "{script}");
        assert!(bench.is_clean(), "{script}");
    }
    let missing = run(&bench.tool("/no/such/program", &[]), "{}").await;
    assert!(matches!(missing, Err(ToolFailure::NotStarted(_))));
}

#[tokio::test]
async fn much_on_the_standard_error_and_an_unread_input_hold_nobody_up() {
    let bench = Bench::new();
    let large = json!("a".repeat(500_000)).to_string();
    let tool = bench.script("head -c 1000000 /dev/zero >&2; echo 1");
    assert_eq!(run(&tool, &large).await, Ok(json!(1)));
}

#[tokio::test]
async fn when_the_time_is_over_the_whole_family_ends() {
    let bench = Bench::new();
    let (child, grandchild) = (bench.path("child"), bench.path("grandchild"));
    let script = format!("sh -c 'echo $$ > {grandchild}; sleep 1000' & echo $$ > {child}; sleep 1000");
    let limits = ExecLimits {
        timeout: Duration::from_secs(2),
        max_output_bytes: 10,
    };
    let tool = bench.script(&script).with_limits(limits);
    assert_eq!(run(&tool, "{}").await, Err(ToolFailure::TimedOut(limits.timeout)));
    for file in [child, grandchild] {
        let process = std::fs::read_to_string(file).unwrap();
        until("the end", || !is_alive(&process)).await;
    }
    assert!(bench.is_clean());
}

#[tokio::test]
async fn a_program_that_ends_takes_what_it_started_with_it() {
    let bench = Bench::new();
    let left = bench.path("left");
    // The one left behind holds the standard output open: its end is not waited for.
    let tool = bench.script(&format!(
        "sh -c 'echo $$ > {left}; sleep 1000' & while [ ! -s {left} ]; do :; done; echo 5"
    ));
    assert_eq!(run(&tool, "{}").await, Ok(json!(5)));
    let process = std::fs::read_to_string(left).unwrap();
    until("the end", || !is_alive(&process)).await;
}

#[tokio::test]
async fn a_cancelled_or_dropped_run_ends_at_once() {
    let bench = Bench::new();
    for dropped in [false, true] {
        let file = bench.path(if dropped { "dropped" } else { "cancelled" });
        let tool = bench.script(&format!("echo $$ > {file}; exec sleep 1000"));
        let (handle, stop) = StopHandle::new();
        let started = || std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n'));
        let task = task("{}");
        if dropped {
            tokio::select! {
                _ = tool.run(&task, stop) => panic!("it ended"),
                () = until("the start", started) => {}
            }
        } else {
            let (ended, ()) = tokio::join!(tool.run(&task, stop), async {
                until("the start", started).await;
                handle.stop();
            });
            assert_eq!(ended, Err(ToolFailure::Cancelled));
        }
        let process = std::fs::read_to_string(&file).unwrap();
        until("the end", || !is_alive(&process)).await;
    }
}

#[tokio::test]
async fn a_run_whose_worker_was_killed_ends_before_the_next_begins() {
    let bench = Bench::new();
    let runs = bench.folder.path().join("runs");
    let place = Place::take(&runs, &format!("work-{}", task("").job_id)).await.unwrap();
    // What a killed worker leaves: a program in a group of its own that holds its input, and nobody who waits for it.
    let mut orphan = std::process::Command::new("/bin/sleep")
        .arg("1000")
        .stdin(place.input(b"{}").unwrap())
        .process_group_of_its_own()
        .spawn()
        .unwrap();
    std::fs::write(
        runs.join(format!("work-{}", task("").job_id)).join("group"),
        orphan.id().to_string(),
    )
    .unwrap();
    drop(place);
    assert_eq!(run(&bench.tool("/bin/cat", &[]), "[]").await, Ok(json!([])));
    assert!(!orphan.wait().unwrap().success());
    assert!(bench.is_clean());
}

trait OwnGroup {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for std::process::Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        std::os::unix::process::CommandExt::process_group(self, 0)
    }
}
