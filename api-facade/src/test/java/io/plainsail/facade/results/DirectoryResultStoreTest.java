package io.plainsail.facade.results;

import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.StoreConfig;
import java.io.IOException;
import java.nio.file.Path;

class DirectoryResultStoreTest extends ResultStoreContract {

    @Override
    StoreConfig freshDatabase() {
        return StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs"));
    }

    @Override
    ResultStore open(Database database, Path directory) throws IOException {
        return new DirectoryResultStore(directory);
    }
}
