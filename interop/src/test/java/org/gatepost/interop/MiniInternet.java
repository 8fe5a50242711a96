// SPDX-License-Identifier: Apache-2.0
package org.gatepost.interop;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.gatepost.interop.Destination.Mta;
import org.gatepost.interop.MiniInternetZones.Host;
import org.jspecify.annotations.Nullable;

/// NSD, Unbound, Postfix, Exim and nginx, wired into the internet of a list of [Destination]s.
///
/// Standard ports throughout: DNS 53, SMTP 25, HTTPS 443. The resolver is also the one in /etc/resolv.conf.
final class MiniInternet implements AutoCloseable {
    private static final String AUTHORITATIVE = "127.53.0.1";
    private static final String RESOLVER = "127.53.0.2";
    /// Refuses every question.
    private static final String LAME_SERVER = "127.53.0.3";

    private static final String POLICY_HOST = "127.44.0.1";

    private static @Nullable MiniInternet shared;

    private final LabCertificates certificates;
    private final List<Host> hosts;
    private final Path anchorFile;
    private final ZoneTree zones;
    private final UnboundResolver resolver;
    private final PostfixServer postfix;
    private final EximServer exim;
    /// What runs, the latest first.
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private MiniInternet(List<Destination> destinations) {
        var scratch = Scratch.create("internet");
        certificates = LabCertificates.create(
                scratch.subfolder("certificates"), InstantSource.system().instant());
        hosts = place(destinations);
        zones = ZoneTree.sign(
                scratch.subfolder("zones"),
                AUTHORITATIVE,
                new MiniInternetZones(POLICY_HOST, certificates.authority()).zones(hosts, LAME_SERVER));
        anchorFile = scratch.write("anchor.key", zones.anchor() + "\n");
        try {
            keep(NsdServer.start(scratch.subfolder("nsd"), AUTHORITATIVE, zones));
            keep(NsdServer.start(scratch.subfolder("lame"), LAME_SERVER, zones.withoutZones()));
            resolver =
                    keep(UnboundResolver.start(scratch.subfolder("unbound"), RESOLVER, AUTHORITATIVE, zones.anchor()));
            postfix = keep(PostfixServer.start(scratch.subfolder("postfix"), listeners(Mta.POSTFIX)));
            exim = keep(EximServer.start(scratch.subfolder("exim"), listeners(Mta.EXIM)));
            keep(NginxPolicyHost.start(scratch.subfolder("nginx"), POLICY_HOST, sites()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Starts a network of its own. Only one can run at a time: close the shared one first.
    ///
    /// @param destinations at least one at Postfix, one at Exim and one with a policy
    static MiniInternet start(List<Destination> destinations) {
        return new MiniInternet(destinations);
    }

    /// The network of all [Destinations], started by whoever asks first and ended after the last test class.
    static synchronized MiniInternet shared() {
        var current = shared;
        if (current == null) {
            current = start(Destinations.all());
            shared = current;
        }
        return current;
    }

    static synchronized void closeShared() {
        var current = shared;
        shared = null;
        if (current != null) {
            current.close();
        }
    }

    /// The validating resolver: what Gatepost asks as its upstream.
    InetSocketAddress resolver() {
        return resolver.address();
    }

    /// The root's key as one DNSKEY line: Gatepost's trust anchor.
    String trustAnchor() {
        return zones.anchor();
    }

    /// A file with nothing but [#trustAnchor()].
    Path trustAnchorFile() {
        return anchorFile;
    }

    /// A PEM file with the authority of all trusted certificates: Gatepost's trust store.
    Path authorities() {
        return certificates.authority().chain();
    }

    LabCertificates certificates() {
        return certificates;
    }

    PostfixServer postfix() {
        return postfix;
    }

    EximServer exim() {
        return exim;
    }

    /// The IPv4 address of the destination's MX host.
    String address(Destination destination) {
        return hosts.stream()
                .filter(host -> host.destination().equals(destination))
                .findFirst()
                .orElseThrow()
                .address();
    }

    /// Where the destination's mail ends up, among that of all others at the same MTA.
    Maildir mailbox(Destination destination) {
        return switch (destination.mta()) {
            case POSTFIX -> postfix.mailbox();
            case EXIM -> exim.mailbox();
            case NOBODY -> throw new IllegalArgumentException("nobody receives for " + destination);
        };
    }

    /// What posttls-finger has to demand, to judge the destination as Gatepost does: an enforce policy's names, or
    /// DANE.
    PosttlsFinger.Demand fingerDemand(Destination destination) {
        return switch (destination.policy()) {
            case NONE, TESTING_OTHER_MX -> new PosttlsFinger.Demand.Dane();
            case ENFORCE, ENFORCE_OTHER_MX ->
                destination.tlsa().isEmpty()
                        ? new PosttlsFinger.Demand.Secure(authorities(), List.of(destination.policyMx()))
                        : new PosttlsFinger.Demand.Dane();
        };
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

    private List<Host> place(List<Destination> destinations) {
        var placed = new ArrayList<Host>();
        for (var destination : destinations) {
            placed.add(new Host(destination, "127.10.0." + (placed.size() + 1), identity(destination)));
        }
        return List.copyOf(placed);
    }

    private Optional<ServerIdentity> identity(Destination destination) {
        var name = destination.mxHost();
        return switch (destination.certificate()) {
            case NONE -> Optional.empty();
            case TRUSTED, TRUSTED_TLS_1_1 -> Optional.of(certificates.trusted(name));
            case SELF_SIGNED -> Optional.of(certificates.selfSigned(name));
            case EXPIRED -> Optional.of(certificates.expired(name));
            case OTHER_NAME -> Optional.of(certificates.trusted("mx.somebody-else.example"));
        };
    }

    private List<SmtpListener> listeners(Mta mta) {
        return hosts.stream()
                .filter(host -> host.destination().mta() == mta)
                .map(MiniInternet::listener)
                .toList();
    }

    private static SmtpListener listener(Host host) {
        var name = host.destination().mxHost();
        var listener = host.identity()
                .map(identity -> SmtpListener.startTls(host.address(), name, identity))
                .orElseGet(() -> SmtpListener.plain(host.address(), name));
        return host.destination().certificate() == Destination.Certificate.TRUSTED_TLS_1_1
                ? listener.only("TLSv1.1")
                : listener;
    }

    private List<NginxPolicyHost.Site> sites() {
        return hosts.stream()
                .map(Host::destination)
                .filter(destination -> destination.policy() != Destination.Policy.NONE)
                .map(destination -> new NginxPolicyHost.Site(
                        destination.domain(),
                        destination.policyText(),
                        certificates.trusted("mta-sts." + destination.domain())))
                .toList();
    }
}
