package io.plainsail.cli;

import io.plainsail.client.Plainsail;
import io.plainsail.client.ResultFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a result. */
@Command(
        name = "result",
        description = "Fetches a job's result file, or its output as JSON if there is none, byte by byte. On a terminal"
                + " only text is shown, made harmless.")
final class ResultCommand extends ApiCommand {
    private static final int MAX_SHOWN = 1024 * 1024;

    @Parameters(paramLabel = "ID", description = "The job.")
    private UUID id;

    @Option(
            names = {"-o", "--to"},
            paramLabel = "FILE",
            description = "Into this file, which is there whole or not at all; by default to stdout.")
    private @Nullable Path file;

    // What picocli sets is set before anything is asked.
    @SuppressWarnings("NullAway.Init")
    ResultCommand() {}

    @Override
    int run(Plainsail plainsail, Screen screen) {
        if (file != null) {
            ResultFile fetched = plainsail.result(id, file);
            around().err()
                    .println(Harmless.line(
                            "plainsail: " + file + ": " + fetched.mediaType() + ", " + fetched.bytes() + " bytes"));
        } else if (around().terminal()) {
            show(plainsail);
        } else {
            plainsail.result(id, around().out());
            around().out().flush();
        }
        return Exit.OK;
    }

    private void show(Plainsail plainsail) {
        Bounded shown = new Bounded();
        ResultFile fetched = plainsail.result(id, shown);
        boolean text =
                fetched.mediaType().startsWith("text/") || fetched.mediaType().startsWith("application/json");
        if (!text || shown.overflowed) {
            throw new UsageException("the result is " + fetched.mediaType() + ", " + fetched.bytes()
                    + " bytes, and no terminal's: use -o FILE");
        }
        around().out().println(Harmless.lines(shown.kept.toString(StandardCharsets.UTF_8)));
    }

    /** Keeps the beginning. */
    private static final class Bounded extends OutputStream {
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private boolean overflowed;

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            if (kept.size() + length > MAX_SHOWN) {
                overflowed = true;
            } else {
                kept.write(bytes, from, length);
            }
        }
    }
}
