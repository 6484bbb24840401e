package io.plainsail.worker.subprocess;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** Splits a stream into lines, within bounds. */
final class LineReader {
    private final Program.OutputBounds bounds;
    private final Lines lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long read;
    private boolean cut;

    LineReader(Program.OutputBounds bounds, Lines lines) {
        this.bounds = bounds;
        this.lines = lines;
    }

    /** Reads to the end, or to the bound: false then. */
    boolean readAll(InputStream stream) throws IOException {
        byte[] buffer = new byte[8192];
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
            read += count;
            if (read > bounds.bytes()) {
                return false;
            }
            for (int i = 0; i < count; i++) {
                take(buffer[i]);
            }
        }
        if (line.size() > 0 || cut) {
            end();
        }
        return true;
    }

    private void take(byte one) {
        if (one == '\n') {
            end();
        } else if (line.size() < bounds.lineBytes()) {
            line.write(one);
        } else {
            cut = true;
        }
    }

    private void end() {
        String text = line.toString(StandardCharsets.UTF_8);
        lines.line(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text, cut);
        line.reset();
        cut = false;
    }
}
