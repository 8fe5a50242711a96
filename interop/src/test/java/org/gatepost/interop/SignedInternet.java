// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.gatepost.interop.SignedTree.AuthoritativeServer;
import org.jspecify.annotations.Nullable;

/// NSD, Knot and BIND, which serve the [ComparedZones], with two Unbounds above them: one that hands on what it
/// gets, for Gatepost to ask, and one that validates, the judge.
final class SignedInternet implements AutoCloseable {
    private static final String FORWARDER = "127.53.1.11";
    private static final String JUDGE = "127.53.1.12";

    private static @Nullable SignedInternet shared;
    private static boolean failed;

    private final List<SignedZone> zones;
    private final String anchor;
    private final Path anchorFile;
    private final UnboundResolver forwarder;
    private final UnboundResolver judge;
    /// What runs, the latest first.
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private SignedInternet(List<SignedZone> zones) {
        this.zones = List.copyOf(zones);
        var scratch = Scratch.create("signed-internet");
        var tree = SignedTree.sign(scratch.subfolder("zones"), zones);
        anchor = tree.anchor();
        anchorFile = scratch.write("anchor.key", anchor + "\n");
        var root = AuthoritativeServer.NSD.address();
        try {
            tree.files().forEach((server, files) -> keep(start(server, scratch.subfolder(server.name()), files)));
            forwarder = keep(UnboundResolver.startWithoutValidation(scratch.subfolder("forwarder"), FORWARDER, root));
            // It may not answer from denials it knows: what it says should not depend on what it was asked before.
            judge = keep(
                    UnboundResolver.start(scratch.subfolder("judge"), JUDGE, root, anchor, "  aggressive-nsec: no\n"));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static AutoCloseable start(AuthoritativeServer server, Scratch scratch, Map<String, String> files) {
        return switch (server) {
            case NSD -> NsdServer.start(scratch, server.address(), files);
            case KNOTD -> KnotServer.start(scratch, server.address(), files);
            case NAMED -> NamedServer.start(scratch, server.address(), files);
        };
    }

    /// Started by whoever asks first and ended after the last test class.
    static synchronized SignedInternet shared() {
        var current = shared;
        if (current != null) {
            return current;
        }
        if (failed) {
            throw new PeerFailure("the signed internet did not start for an earlier test");
        }
        // A start takes long; one failure is enough.
        failed = true;
        current = new SignedInternet(ComparedZones.all());
        failed = false;
        shared = current;
        return current;
    }

    static synchronized void closeShared() {
        var current = shared;
        shared = null;
        if (current != null) {
            current.close();
        }
    }

    List<SignedZone> zones() {
        return zones;
    }

    /// Resolves from the root and validates nothing.
    InetSocketAddress forwarder() {
        return forwarder.address();
    }

    DnsClient judge() {
        return new DnsClient(judge.address());
    }

    /// The root's keys, a DNSKEY line each.
    String anchor() {
        return anchor;
    }

    Path anchorFile() {
        return anchorFile;
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                throw new PeerFailure("a peer did not stop: " + e.getMessage());
            }
        }
    }

    private <T extends AutoCloseable> T keep(T started) {
        running.push(started);
        return started;
    }
}
