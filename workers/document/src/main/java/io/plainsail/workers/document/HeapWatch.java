package io.plainsail.workers.document;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Comparator;
import java.util.Optional;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * Tells when what is alive nearly fills the heap. From there on the collector would run again and again for ever less, before
 * anyone runs out of memory: the time to stop a document, while all else has room to go on.
 */
final class HeapWatch {
    private static final int FULL_PERCENT = 90;

    private HeapWatch() {}

    /**
     * Calls this after every full collection that left the heap nearly full, for the life of this process, on a thread of the
     * JVM's.
     */
    static void whenNearlyFull(Runnable act) {
        String pool = oldest().map(MemoryPoolMXBean::getName).orElse("");
        ManagementFactory.getGarbageCollectorMXBeans().stream()
                .filter(NotificationEmitter.class::isInstance)
                .map(NotificationEmitter.class::cast)
                .forEach(collector -> collector.addNotificationListener(
                        (notification, none) -> {
                            if (leavesNearlyFull(notification, pool)) {
                                act.run();
                            }
                        },
                        null,
                        null));
    }

    /** Where the objects that stay come to be: the largest part of the heap that a collection makes room in. */
    private static Optional<MemoryPoolMXBean> oldest() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isCollectionUsageThresholdSupported())
                .max(Comparator.comparingLong(pool -> pool.getUsage().getMax()));
    }

    private static boolean leavesNearlyFull(Notification notification, String pool) {
        if (!notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            return false;
        }
        GarbageCollectionNotificationInfo collection =
                GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
        MemoryUsage left = collection.getGcInfo().getMemoryUsageAfterGc().get(pool);
        return collection.getGcAction().equals("end of major GC")
                && left != null
                && left.getUsed() > left.getMax() / 100 * FULL_PERCENT;
    }
}
