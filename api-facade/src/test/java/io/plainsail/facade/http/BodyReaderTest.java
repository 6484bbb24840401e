package io.plainsail.facade.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.OverloadedException;
import java.io.ByteArrayInputStream;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyReaderTest {
    private static final int MAX = 200_000;

    private final MemoryBudget budget = MemoryBudget.ofBytes(300_000);
    private final BodyReader reader = new BodyReader(budget);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_536, 65_537, 199_999, MAX})
    void bodyIsReadWholeWhetherItsLengthIsDeclaredOrNot(int length) {
        byte[] body = body(length);
        assertThat(read(body, length, held -> held)).isEqualTo(body);
        assertThat(read(body, -1, held -> held)).isEqualTo(body);
        assertThat(read(body, length / 3, held -> held))
                .as("with a compressed body's length")
                .isEqualTo(body);
        assertThat(budget.held()).isZero();
    }

    @Test
    void bodyOverTheBoundIsRefusedWhateverItDeclares() {
        for (int declared : new int[] {MAX + 1, -1, 5}) {
            assertThatThrownBy(() -> read(body(MAX + 1), declared, held -> held))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("longer than 200000 bytes");
        }
        assertThat(budget.held()).isZero();
    }

    @Test
    void whatIsTooLongByLittleIsReadToItsEndSoThatTheAnswerIsSeen() {
        for (int length : new int[] {MAX + 1, 2 * MAX, 10 * MAX}) {
            for (int declared : new int[] {length, -1, 5}) {
                ByteArrayInputStream body = new ByteArrayInputStream(body(length));
                assertThatThrownBy(() -> reader.read(body, declared, MAX, held -> held))
                        .isInstanceOf(ProblemException.class);
                assertThat(length - body.available())
                        .as("read of %s bytes, declared as %s", length, declared)
                        .isBetween(Math.min(length, 2 * MAX), 2 * MAX + 1);
            }
        }
    }

    @Test
    void bodiesInHandLeaveRoomOrTheNextIsRefused() {
        read(body(MAX), MAX, first -> {
            assertThat(budget.held()).isEqualTo(MAX);
            assertThatThrownBy(() -> read(body(MAX), MAX, held -> held))
                    .isInstanceOf(OverloadedException.class)
                    .hasMessageContaining("300000");
            assertThatThrownBy(() -> read(body(MAX), -1, held -> held)).isInstanceOf(OverloadedException.class);
            return read(body(1_000), 1_000, second -> second);
        });
        assertThat(budget.held()).isZero();
    }

    @Test
    void bodyOfUnknownLengthTakesRoomAsItGrowsNotForTheLargest() {
        read(
                body(150_000),
                150_000,
                first -> read(body(100_000), -1, second -> {
                    assertThat(budget.held()).isBetween(250_000L, 300_000L);
                    return second;
                }));
        assertThat(budget.held()).isZero();
    }

    @Test
    void failureOfTheUseGivesTheRoomBack() {
        assertThatThrownBy(() -> read(body(10), 10, held -> {
                    throw new IllegalStateException("use");
                }))
                .hasMessage("use");
        assertThat(budget.held()).isZero();
    }

    private byte[] read(byte[] body, int declared, Function<byte[], byte[]> use) {
        return reader.read(new ByteArrayInputStream(body), declared, MAX, use);
    }

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }
}
