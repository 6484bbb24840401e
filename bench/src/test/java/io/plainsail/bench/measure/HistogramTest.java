package io.plainsail.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramTest {
    private final Histogram histogram = new Histogram();

    @Test
    void smallValuesAreKeptExactly() {
        for (int value = 0; value < 256; value++) {
            histogram.record(value);
        }
        assertThat(histogram.quantile(0)).isZero();
        assertThat(histogram.quantile(0.5)).isEqualTo(127);
        assertThat(histogram.quantile(1)).isEqualTo(255);
        assertThat(histogram.buckets()).hasSize(256);
    }

    @ParameterizedTest
    @ValueSource(longs = {256, 257, 511, 512, 1_023, 1_024, 99_999, 1_000_000, 123_456_789, (1L << 40) - 1})
    void largeValuesAreKeptToWithinOnePercent(long value) {
        histogram.record(value);
        assertThat(histogram.quantile(0.5)).isGreaterThanOrEqualTo(value).isCloseTo(value, withinPercentage(1));
    }

    @Test
    void quantilesAreThoseOfTheValuesInOrder() {
        for (int value = 1; value <= 10_000; value++) {
            histogram.record(value);
        }
        assertThat(histogram.count()).isEqualTo(10_000);
        assertThat(histogram.quantile(0.5)).isCloseTo(5_000, withinPercentage(1));
        assertThat(histogram.quantile(0.99)).isCloseTo(9_900, withinPercentage(1));
        assertThat(histogram.quantile(0.999)).isCloseTo(9_990, withinPercentage(1));
    }

    @Test
    void oneSlowValueInAHundredIsTheP99ButNotTheMedian() {
        for (int i = 0; i < 98; i++) {
            histogram.record(10);
        }
        histogram.record(200);
        histogram.record(200);
        assertThat(histogram.quantile(0.5)).isEqualTo(10);
        assertThat(histogram.quantile(0.98)).isEqualTo(10);
        assertThat(histogram.quantile(0.99)).isEqualTo(200);
    }

    @Test
    void valuesOutsideCountAsTheNearest() {
        histogram.record(-5);
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.quantile(0.5)).isZero();
        assertThat(histogram.quantile(1)).isEqualTo((1L << 40) - 1);
    }

    @Test
    void nothingRecordedIsZero() {
        assertThat(histogram.count()).isZero();
        assertThat(histogram.quantile(0.99)).isZero();
        assertThat(histogram.buckets()).isEmpty();
    }

    @Test
    void jsonKeepsEveryBucket() throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        histogram.record(3);
        histogram.record(3);
        histogram.record(777_777);
        Histogram read = mapper.readValue(mapper.writeValueAsString(histogram), Histogram.class);
        assertThat(read.buckets()).isEqualTo(histogram.buckets()).containsEntry(3L, 2L);
        assertThat(Histogram.of(Map.of(3L, 2L)).count()).isEqualTo(2);
    }
}
