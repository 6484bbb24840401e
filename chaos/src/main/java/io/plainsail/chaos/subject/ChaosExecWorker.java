package io.plainsail.chaos.subject;

import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.subprocess.Program;
import io.plainsail.workers.exec.ExecConfig;
import io.plainsail.workers.exec.ExecWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The exec worker, with a clock that can be stepped, and with the programs of a run: each writes its runs down like {@link
 * ChaosWorker}, starts another process, and leaves that behind.
 */
public final class ChaosExecWorker {
    /** The environment variable that names the shell script. */
    public static final String PROGRAM = "PLAINSAIL_CHAOS_PROGRAM";

    /** Its child is in a session of its own. */
    public static final String PLAIN = "plain";

    /** It and its child ignore SIGTERM. */
    public static final String STUBBORN = "stubborn";

    /** Its child has left session, mark and parents behind: what must not be done, for the negative control. */
    public static final String ESCAPING = "escaping";

    static final String SCRIPT = """
            runs=$1 kind=$2
            read -r input || :
            seconds=${input#*:}
            seconds=${seconds%\\}}
            tell() {
              echo "$1 $PLAINSAIL_JOB_ID $PLAINSAIL_ATTEMPT $PPID $(date +%s%3N)" >>"$runs"
            }
            [ "$kind" != stubborn ] || trap '' TERM
            tell start
            case $kind in
              plain) setsid sleep 900 & ;;
              stubborn) sleep 900 & ;;
              escaping) (setsid env -i PLAINSAIL_JOB_ID="$PLAINSAIL_JOB_ID" sleep 900 >/dev/null 2>&1 &) ;;
            esac
            sleep "$seconds"
            tell end
            """;

    private ChaosExecWorker() {}

    public static void main(String[] args) {
        run(args, PLAIN, STUBBORN);
    }

    /** Runs it with these kinds of programs, under the names {@link #PLAIN} and {@link #STUBBORN}. */
    public static void run(String[] args, String plain, String stubborn) {
        Path program = Path.of(System.getenv(PROGRAM));
        ExecConfig config = new ExecConfig(
                program.resolveSibling("exec-" + ProcessHandle.current().pid()),
                10,
                Duration.ofMinutes(1),
                Map.of(PLAIN, handler(program, plain), STUBBORN, handler(program, stubborn)),
                List.of());
        WorkerMain.run(args, ExecWorker.service(config), SteppedClock.ofEnvironment());
    }

    private static ExecConfig.Handler handler(Path program, String kind) {
        String runs = System.getenv(ChaosWorker.RUNS);
        return new ExecConfig.Handler(
                List.of("/bin/sh", program.toString(), runs, kind),
                Map.of(),
                List.of(),
                ExecConfig.Input.STDIN,
                Program.Limits.NONE);
    }
}
