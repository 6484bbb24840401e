package io.plainsail.facade.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.job.TypeCounts.Key;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TypeCountsTest {
    private final TypeCounts counts = new TypeCounts();

    @Test
    void eachTypeAndVersionIsCountedByItself() {
        counts.know(new JobType("test.quiet", 1));
        counts.add(new JobType("test.echo", 1));
        counts.add(new JobType("test.echo", 2));
        counts.add(new JobType("test.echo", 2));
        assertThat(counts.counts()).hasSize(3);
        assertThat(count("test.quiet", "1")).isZero();
        assertThat(count("test.echo", "1")).isEqualTo(1);
        assertThat(count("test.echo", "2")).isEqualTo(2);
    }

    @Test
    void typesWithoutNumberMakeNoMetricsWithoutNumber() {
        IntStream.rangeClosed(1, TypeCounts.MAX_TYPES + 100)
                .parallel()
                .mapToObj(number -> new JobType("test.type-" + number, 1))
                .forEach(counts::add);
        assertThat(counts.counts()).hasSize(TypeCounts.MAX_TYPES + 1);
        assertThat(count(TypeCounts.OTHERS, "")).isEqualTo(100);
    }

    private long count(String type, String version) {
        return counts.counts().get(new Key(type, version)).sum();
    }
}
