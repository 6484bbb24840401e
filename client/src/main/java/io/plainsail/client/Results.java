package io.plainsail.client;

import io.plainsail.client.FacadeHttp.Call;
import io.plainsail.client.PlainsailException.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpHeaders;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Fetches results, however large, and checks their digests. Thread-safe. */
final class Results {
    private static final Pattern SHA_256 = Pattern.compile("sha-256=:([A-Za-z0-9+/]{43}=):");

    private final FacadeHttp http;

    Results(FacadeHttp http) {
        this.http = http;
    }

    /** The whole result is at the target, or nothing new is. */
    ResultFile into(UUID job, Path target) {
        Path absolute = target.toAbsolutePath();
        Path part = part(absolute);
        try {
            // Each attempt begins anew: what an answer that broke off left behind is overwritten.
            ResultFile fetched = http.send(call(job), (status, headers, body) -> {
                try (body;
                        OutputStream out = open(part)) {
                    return copy(headers, body, out);
                }
            });
            move(part, absolute);
            return fetched;
        } finally {
            delete(part);
        }
    }

    /** What was written before a failure stays written. */
    ResultFile into(UUID job, OutputStream out) {
        return http.send(call(job), (status, headers, body) -> {
            try (body) {
                return copy(headers, body, out);
            } catch (IOException e) {
                throw new PlainsailException(Kind.UNREACHABLE, "the result broke off: " + e.getMessage(), e);
            }
        });
    }

    private static Call call(UUID job) {
        return Call.get("/v1/jobs/" + job + "/result");
    }

    private static ResultFile copy(HttpHeaders headers, AnswerBody body, OutputStream out) throws IOException {
        MessageDigest digest = sha256();
        byte[] portion = new byte[16 * 1024];
        long bytes = 0;
        for (int count = body.read(portion); count >= 0; count = body.read(portion)) {
            digest.update(portion, 0, count);
            bytes += count;
            try {
                out.write(portion, 0, count);
            } catch (IOException e) {
                throw notWritten(e);
            }
        }
        Matcher told = SHA_256.matcher(headers.firstValue("Repr-Digest").orElse(""));
        if (told.find() && !MessageDigest.isEqual(Base64.getDecoder().decode(told.group(1)), digest.digest())) {
            throw new IOException("the result does not match its digest");
        }
        return new ResultFile(headers.firstValue("Content-Type").orElse("application/octet-stream"), bytes);
    }

    private static Path part(Path target) {
        Path directory = target.getParent();
        if (directory == null || target.getFileName() == null || Files.isDirectory(target)) {
            throw new PlainsailException(Kind.NOT_WRITTEN, target + " is no file", null);
        }
        try {
            return Files.createTempFile(directory, "." + target.getFileName() + "-", ".part");
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    private static OutputStream open(Path part) {
        try {
            return Files.newOutputStream(part);
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    private static void move(Path part, Path target) {
        try {
            try {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw notWritten(e);
        }
    }

    private static void delete(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // A hidden file is left behind; the result itself is not concerned.
        }
    }

    private static PlainsailException notWritten(IOException e) {
        return new PlainsailException(Kind.NOT_WRITTEN, "the result cannot be written: " + e, e);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }
}
