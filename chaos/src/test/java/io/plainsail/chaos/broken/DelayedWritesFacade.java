package io.plainsail.chaos.broken;

import io.plainsail.chaos.subject.ChaosFacade;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.util.Arrays;
import java.util.Locale;

/** A facade whose H2 writes up to ten minutes after a commit, in place of half a second, and makes no checkpoint. */
public final class DelayedWritesFacade {
    private DelayedWritesFacade() {}

    public static void main(String[] args) throws Exception {
        Driver h2 = DriverManager.getDriver("jdbc:h2:mem:");
        DriverManager.deregisterDriver(h2);
        DriverManager.registerDriver(changed(Driver.class, (method, arguments) -> {
            Object result = method.invoke(h2, arguments);
            return result instanceof Connection connection ? withoutCheckpoints(connection) : result;
        }));
        ChaosFacade.main(args);
    }

    private static Connection withoutCheckpoints(Connection connection) {
        return changed(Connection.class, (method, arguments) -> method.invoke(connection, arguments));
    }

    private interface Call {
        Object of(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    /** What is said to an object is changed on its way. */
    private static <T> T changed(Class<T> type, Call call) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                return call.of(method, arguments == null ? new Object[0] : changed(arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object[] changed(Object[] arguments) {
        return Arrays.stream(arguments)
                .map(argument -> argument instanceof String text ? changed(text) : argument)
                .toArray();
    }

    private static String changed(String text) {
        return text.toLowerCase(Locale.ROOT).equals("checkpoint sync")
                ? "select 1"
                : text.replace(";WRITE_DELAY=0", ";WRITE_DELAY=600000");
    }
}
