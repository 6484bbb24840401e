package io.plainsail.facade.http;

import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a request's body up to a bound, after a look at what it claims to be. */
final class BodyReader {
    private BodyReader() {}

    /**
     * @throws ProblemException if the body is longer than the bound, or in another charset than UTF-8
     */
    static byte[] read(InputStream body, @Nullable MediaType type, int maxBytes) {
        String charset = type == null ? null : type.getParameters().get("charset");
        if (charset != null && !charset.toLowerCase(Locale.ROOT).equals("utf-8")) {
            throw new ProblemException(
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE, "charset is \"" + charset + "\": JSON is sent in UTF-8");
        }
        try {
            byte[] read = body.readNBytes(maxBytes + 1);
            if (read.length > maxBytes) {
                throw new ProblemException(Problem.Kind.TOO_LARGE, "the body is longer than " + maxBytes + " bytes");
            }
            return read;
        } catch (IOException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, "the body ended early: " + e.getMessage());
        }
    }
}
