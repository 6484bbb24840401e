package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {
    private static final String SECRET = "pa\"ss, wörd/%1\\n2";

    private final Redactor redactor = Redactor.of(List.of(SECRET, "first line\nsecond line\nend"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                SECRET,
                "pa\\\"ss, wörd/%1\\\\n2",
                "pa%22ss%2C+w%C3%B6rd%2F%251%5Cn2",
                "cGEic3MsIHfDtnJkLyUxXG4y",
                "pa\"ss, wörd/%1\n2",
                "first line\nsecond line\nend",
                "first line",
                "second line",
            })
    void everyFormIsTakenOut(String form) {
        assertThat(redactor.redact("<" + form + ">")).isEqualTo("<[REDACTED]>");
    }

    @Test
    void plainWordsStay() {
        assertThat(redactor.redact("the end of a line")).isEqualTo("the end of a line");
        assertThat(Redactor.of(List.of()).redact("x")).isEqualTo("x");
    }

    @Test
    void whatTheEndOfALineCutsIsNotTold() {
        Redactor one = Redactor.of(List.of("0123456789abcdef"));
        assertThat(one.redactBeginning("a long line that ends within 0123456789abc"))
                .doesNotContain("0123");
        assertThat(one.redactBeginning("0123456789abcdef, cut")).doesNotContain("0123");
        assertThat(one.redactBeginning("0123456789abcdef, and so many more words follow it"))
                .startsWith("[REDACTED], and so ma");
    }

    @Test
    void treesAreRedactedWithTheirNames() throws Exception {
        JsonNode tree = JobContext.MAPPER.readTree("{\"a\":[\"x first line\",1],\"second line\":true}");
        assertThat(redactor.redact(tree)).hasToString("{\"a\":[\"x [REDACTED]\",1],\"[REDACTED]\":true}");
    }
}
