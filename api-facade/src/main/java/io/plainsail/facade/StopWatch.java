package io.plainsail.facade;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first step of an ordered stop: say that the facade is not ready, and go on serving until the proxy before it has
 * noticed. Jetty tells its listeners before it closes anything.
 */
final class StopWatch implements LifeCycle.Listener {
    private static final Logger log = LoggerFactory.getLogger(StopWatch.class);

    private final int waitSeconds;

    /** Set once, when the server begins to stop. */
    private volatile boolean stopping;

    StopWatch(int waitSeconds) {
        this.waitSeconds = waitSeconds;
    }

    boolean isStopping() {
        return stopping;
    }

    @Override
    public void lifeCycleStopping(LifeCycle server) {
        stopping = true;
        log.info("Stopping: not ready from now on, requests are taken for another {} s", waitSeconds);
        try {
            TimeUnit.SECONDS.sleep(waitSeconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
