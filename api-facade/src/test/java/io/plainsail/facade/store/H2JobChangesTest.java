package io.plainsail.facade.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2JobChangesTest extends JobChangesContract {
    @TempDir
    Path directory;

    @Override
    StoreConfig freshDatabase() {
        return StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs"));
    }

    @Override
    int facades() {
        return 1;
    }
}
