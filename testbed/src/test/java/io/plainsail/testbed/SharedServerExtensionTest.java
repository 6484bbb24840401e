package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.EventConditions.skippedWithReason;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.cause;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.plainsail.testbed.ServerSelection.Attempt;
import io.plainsail.testbed.ServerSelection.Found;
import io.plainsail.testbed.ServerSelection.Unavailable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

class SharedServerExtensionTest {
    @Test
    void testsWithoutAServerAreSkippedWithTheReason() {
        EngineExecutionResults results = run(WithoutServer.class);

        results.containerEvents().assertThatEvents().haveExactly(1, skippedWithReason("no thing: get one"));
        results.testEvents().assertStatistics(statistics -> statistics.started(0));
    }

    @Test
    void testsWhoseServerFailedFailAndTheServerIsNotTriedAgain() {
        EngineExecutionResults results = run(WithBrokenServer.class, WithBrokenServerToo.class);

        results.containerEvents()
                .assertThatEvents()
                .haveExactly(2, finishedWithFailure(cause(message(text -> text.contains("server for these tests")))));
        assertThat(Broken.ATTEMPTS).hasValue(1);
    }

    @Test
    void oneServerServesAllClassesAndIsClosedAfterTheLast() {
        EngineExecutionResults results = run(WithServer.class, WithServerToo.class);

        results.testEvents().assertStatistics(statistics -> statistics.succeeded(2));
        assertThat(Working.ATTEMPTS).hasValue(1);
        assertThat(Working.CLOSED).hasValue(1);
    }

    private static EngineExecutionResults run(Class<?>... classes) {
        EngineTestKit.Builder builder = EngineTestKit.engine("junit-jupiter");
        for (Class<?> testClass : classes) {
            builder = builder.selectors(selectClass(testClass));
        }
        return builder.execute();
    }

    private record Thing() implements AutoCloseable {
        @Override
        public void close() {
            Working.CLOSED.incrementAndGet();
        }
    }

    private abstract static class ThingExtension extends SharedServerExtension<Thing> {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Thing.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return server(context);
        }
    }

    static final class Missing extends ThingExtension {
        @Override
        Attempt<Thing> select() {
            return new Unavailable<>("no thing: get one");
        }
    }

    static final class Broken extends ThingExtension {
        static final AtomicInteger ATTEMPTS = new AtomicInteger();

        @Override
        Attempt<Thing> select() {
            ATTEMPTS.incrementAndGet();
            throw new TestbedException("did not start");
        }
    }

    static final class Working extends ThingExtension {
        static final AtomicInteger ATTEMPTS = new AtomicInteger();
        static final AtomicInteger CLOSED = new AtomicInteger();

        @Override
        Attempt<Thing> select() {
            ATTEMPTS.incrementAndGet();
            return new Found<>(new Thing(), "a thing");
        }
    }

    @ExtendWith(Missing.class)
    static class WithoutServer {
        @Test
        void never(Thing thing) {
            assertThat(thing).isNull();
        }
    }

    @ExtendWith(Broken.class)
    static class WithBrokenServer {
        @Test
        void never(Thing thing) {
            assertThat(thing).isNull();
        }
    }

    static final class WithBrokenServerToo extends WithBrokenServer {}

    @ExtendWith(Working.class)
    static class WithServer {
        @Test
        void open(Thing thing) {
            assertThat(thing).isNotNull();
            assertThat(Working.CLOSED).hasValue(0);
        }
    }

    static final class WithServerToo extends WithServer {}
}
