package io.plainsail.chaos.subject;

import io.plainsail.facade.FacadeApplication;
import io.plainsail.facade.FacadeMain;

/** The facade with a clock that can be stepped. */
public final class ChaosFacade {
    private ChaosFacade() {}

    public static void main(String[] args) throws Exception {
        new FacadeApplication(FacadeMain::transport, SteppedClock.ofEnvironment()).run(args);
    }
}
