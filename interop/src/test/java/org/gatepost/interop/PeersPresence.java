// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Decides once, from the environment, whether this JVM sits inside the namespaces with every peer installed.
final class PeersPresence implements BeforeAllCallback, InvocationInterceptor {
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private final Map<String, String> environment;

    PeersPresence() {
        this(System.getenv());
    }

    PeersPresence(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /// Why the peers cannot run here; empty when they can.
    Optional<String> reasonNotToRun() {
        var missing = environment.get("GATEPOST_INTEROP_MISSING");
        if (missing != null) {
            return Optional.of(missing);
        }
        return environment.containsKey("GATEPOST_INTEROP_SCRATCH")
                ? Optional.empty()
                : Optional.of("the JVM was not started by interop/in-namespace/bin/java");
    }

    /// Fails when the peers must run and cannot.
    void demand() {
        reasonNotToRun().ifPresent(reason -> {
            if ("1".equals(environment.get("GATEPOST_REQUIRE_INTEROP"))) {
                throw new AssertionError("GATEPOST_REQUIRE_INTEROP=1, and the interop tests cannot run: " + reason);
            }
        });
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        demand();
        reasonNotToRun().ifPresent(reason -> {
            if (SAID.compareAndSet(false, true)) {
                System.out.println("interop tests did not run: " + reason);
            }
        });
        if (reasonNotToRun().isEmpty()) {
            // The root's store is closed after the last class: the shared network ends with the run.
            context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(PeersPresence.class))
                    .computeIfAbsent("shared", key -> new SharedNetwork());
        }
    }

    @Override
    public void interceptBeforeAllMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    @Override
    public void interceptAfterAllMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext context)
            throws Throwable {
        proceedIfPresent(invocation);
    }

    private void proceedIfPresent(Invocation<@Nullable Void> invocation) throws Throwable {
        if (reasonNotToRun().isEmpty()) {
            invocation.proceed();
        } else {
            invocation.skip();
        }
    }

    private record SharedNetwork() implements AutoCloseable {
        @Override
        public void close() {
            MiniInternet.closeShared();
            SignedInternet.closeShared();
        }
    }
}
