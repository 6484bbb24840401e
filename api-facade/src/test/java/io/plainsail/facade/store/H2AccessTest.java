package io.plainsail.facade.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2AccessTest extends AccessContract {
    @TempDir
    Path directory;

    @Override
    StoreConfig freshDatabase() {
        return StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs"));
    }
}
