package io.plainsail.workers.webhook;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A receiver's answer.
 *
 * @param status HTTP status
 * @param retryAfter the header of that name, as sent
 * @param text what came of the body, at most {@link #MAX_BODY_BYTES} bytes of it
 * @param truncated whether there was more, or the body broke off
 */
record Answer(int status, @Nullable String retryAfter, String text, boolean truncated) {
    static final int MAX_BODY_BYTES = 4_096;

    /** A body as text: ISO 8859-1 if its type says so, else UTF-8; what does not decode is replaced. */
    static String text(byte[] body, @Nullable String contentType, boolean truncated) {
        boolean latin1 =
                contentType != null && contentType.toLowerCase(Locale.ROOT).contains("charset=iso-8859-1");
        Charset charset = latin1 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
        CharBuffer text = CharBuffer.allocate(body.length);
        // A character that the bound cut in two is left out, not replaced.
        charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE)
                .decode(ByteBuffer.wrap(body), text, !truncated);
        // Stores refuse NUL.
        return text.flip().toString().replace('\0', '\ufffd');
    }
}
