package io.plainsail.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

class ResponseReaderTest {
    private static final String WITH_LENGTH =
            "HTTP/1.1 202 Accepted\r\nDate: x\r\nContent-Length: 16\r\n\r\n{\"id\":\"a\",\"n\":7}";
    private static final String IN_CHUNKS = String.join(
            "\r\n",
            "HTTP/1.1 200 OK",
            "Transfer-Encoding: chunked",
            "",
            "5",
            "{\"acc",
            "A;note=x",
            "epted\":500",
            "1",
            "}",
            "0",
            "Trailer: y",
            "",
            "");

    private static ResponseReader reader(String text) {
        return new ResponseReader(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    @Test
    void aBodyWithALengthIsRead() throws IOException {
        ResponseReader reader = reader(WITH_LENGTH);
        assertThat(reader.read()).isEqualTo(202);
        assertThat(reader.body()).isEqualTo("{\"id\":\"a\",\"n\":7}");
    }

    @Test
    void chunksArePutTogether() throws IOException {
        ResponseReader reader = reader(IN_CHUNKS);
        assertThat(reader.read()).isEqualTo(200);
        assertThat(reader.body()).isEqualTo("{\"accepted\":500}");
    }

    @Test
    void responsesFollowEachOtherAndAreReadInAnyPieces() throws IOException {
        byte[] bytes = (WITH_LENGTH + IN_CHUNKS
                        + "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                .getBytes(UTF_8);
        InputStream oneByOne = new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(1, length));
            }

            @Override
            public int read(byte[] buffer) {
                return read(buffer, 0, buffer.length);
            }
        };
        ResponseReader reader = new ResponseReader(oneByOne);
        assertThat(reader.read()).isEqualTo(202);
        assertThat(reader.read()).isEqualTo(200);
        assertThat(reader.body()).isEqualTo("{\"accepted\":500}");
        assertThat(reader.read()).isEqualTo(204);
        assertThat(reader.body()).isEmpty();
        assertThat(reader.read()).isEqualTo(404);
        assertThatThrownBy(reader::read).isInstanceOf(EOFException.class);
    }

    @Test
    void aBodyLongerThanEveryBufferIsReadWhole() throws IOException {
        String body = "x".repeat(300_000) + "!";
        ResponseReader reader = reader("HTTP/1.1 200 OK\r\nContent-Length: 300001\r\n\r\n" + body);
        reader.read();
        assertThat(reader.body()).isEqualTo(body);
    }

    @Test
    void numbersAndWordsAreFoundInTheBody() throws IOException {
        ResponseReader reader = reader(IN_CHUNKS);
        reader.read();
        assertThat(reader.numberAfter(ResponseReader.ascii("\"accepted\":"))).isEqualTo(500);
        assertThat(reader.numberAfter(ResponseReader.ascii("\"refused\":"))).isEqualTo(-1);
        assertThat(reader.bodyHas(ResponseReader.ascii("500}"))).isTrue();
        assertThat(reader.bodyHas(ResponseReader.ascii("500}}"))).isFalse();
    }

    @Test
    void aBodyThatEndsEarlyIsAnError() {
        assertThatThrownBy(reader(WITH_LENGTH.replace("16", "99"))::read).isInstanceOf(EOFException.class);
    }

    @Test
    void whatIsNotAResponseIsAnError() {
        assertThatThrownBy(reader("SSH-2.0-x\r\n\r\n")::read).hasMessageContaining("SSH-2.0-x");
        assertThatThrownBy(reader("HTTP/1.1 abc\r\n\r\n")::read).hasMessageContaining("abc");
        assertThatThrownBy(reader("HTTP/1.1 200 OK\r\nX: " + "y".repeat(20_000) + "\r\n\r\n")::read)
                .hasMessageContaining("longer than");
        assertThatThrownBy(reader("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody")::read)
                .hasMessageContaining("neither a length nor chunks");
    }
}
