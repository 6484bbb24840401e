package io.plainsail.standalone;

class H2LineIT extends LineContract {
    @Override
    String store() {
        return Line.h2(directory);
    }
}
