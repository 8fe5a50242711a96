// SPDX-License-Identifier: Apache-2.0
package org.gatepost.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Two connected sockets on loopback, and threads to work on them. A read that nobody answers fails after a while.
final class Loopback implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    final Socket client;
    final Socket server;

    Loopback() throws IOException {
        this(listener(), true);
    }

    /// Over a listener that stays, so that several connections lead to the same port.
    Loopback(ServerSocket listener) throws IOException {
        this(listener, false);
    }

    private Loopback(ServerSocket listener, boolean closeListener) throws IOException {
        client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        server = listener.accept();
        if (closeListener) {
            listener.close();
        }
        client.setSoTimeout(PATIENCE_MILLIS);
        server.setSoTimeout(PATIENCE_MILLIS);
    }

    static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    <T> Future<T> async(Callable<T> work) {
        return threads.submit(work);
    }

    /// Work that ends when the connection does, in whatever way.
    void background(Callable<?> work) {
        threads.execute(() -> {
            try {
                work.call();
            } catch (Exception ended) {
                // The test looks at the other side.
            }
        });
    }

    /// The result, or what the work threw.
    static <T> T await(Future<T> future) throws Exception {
        try {
            return future.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } catch (TimeoutException e) {
            throw new AssertionError("the other side never finished", e);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        threads.shutdownNow();
    }
}
