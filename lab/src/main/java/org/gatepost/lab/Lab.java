// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.gatepost.names.DomainName;
import org.gatepost.zones.DnsServer;
import org.gatepost.zones.SignedWorld;
import org.gatepost.zones.Tampering;

/// The running lab: name server, mail hosts, policy hosts and the attacker, for a set of scenarios.
///
/// Faults of scenarios that are not primed are at work from the start; those of primed ones begin
/// with [#apply]. Everything listens on 127.0.0.0/8 and ends with [#close]. Methods may be called by
/// any thread.
public final class Lab implements AutoCloseable {
    private static final DomainName ATTACKER = DomainName.parse("attacker.test");

    private final Path folder;
    private final int smtpPort;
    private final int httpsPort;
    private final LabCa trusted;
    private final LabCa stranger;
    private final LoopbackAddresses addresses = new LoopbackAddresses();
    private final Map<String, LabDomain> domains = new LinkedHashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final MxHost attacker;
    private final LabDomain sender;
    private final DnsServer dns;

    private Lab(Path folder, List<Scenario> scenarios, Optional<ReportReceiver> reports, InstantSource clock)
            throws IOException {
        this.folder = folder;
        this.smtpPort = LoopbackAddresses.freePort();
        this.httpsPort = LoopbackAddresses.freePort();
        this.trusted = LabCa.create("Gatepost Lab", clock);
        this.stranger = LabCa.create("Nobody Trusts", clock);
        SignedWorld.Builder world = SignedWorld.builder(clock);
        try {
            attacker = startAttacker(world);
            sender = startDomain(senderScenario(), world);
            for (Scenario scenario : scenarios) {
                if (domains.put(scenario.id(), startDomain(scenario, world)) != null) {
                    throw new IllegalArgumentException("two scenarios are called " + scenario.id());
                }
            }
            reports.ifPresent(receiver -> {
                LabRecords.publish(receiver, world);
                domains.values().forEach(domain -> LabRecords.publishReporting(domain, receiver, world));
            });
            SignedWorld built = world.build();
            dns = keep(DnsServer.start(built, new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)));
            writeFiles(built);
            for (Scenario scenario : scenarios) {
                if (!scenario.primed()) {
                    apply(scenario);
                }
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Starts everything.
    ///
    /// @param folder an existing folder, where the trust anchor and the CA bundle are written
    /// @param scenarios each with an id of its own
    /// @throws IOException when a port or the folder cannot be used; nothing is left running then
    public static Lab start(Path folder, List<Scenario> scenarios, InstantSource clock) throws IOException {
        return new Lab(folder, scenarios, Optional.empty(), clock);
    }

    /// Starts everything, with domains that want TLS reports.
    ///
    /// @param reports where they want them
    public static Lab start(Path folder, List<Scenario> scenarios, ReportReceiver reports, InstantSource clock)
            throws IOException {
        return new Lab(folder, scenarios, Optional.of(reports), clock);
    }

    private <T extends AutoCloseable> T keep(T started) {
        open.add(started);
        return started;
    }

    private static Scenario senderScenario() {
        return ScenarioRow.row("sender", "The sender's own domain")
                .dane(TlsaKind.EE_KEY)
                .delivered(Protection.DANE);
    }

    private MxHost startAttacker(SignedWorld.Builder world) throws IOException {
        DomainName name = ATTACKER.child("mx");
        var certified = trusted.issue(List.of(name.ascii()));
        MxHost host = keep(MxHost.start(name, addresses.next(smtpPort), HostBehaviour.good(certified)));
        world.unsignedZone(ATTACKER).add(LabRecords.address(name, host.address().getAddress()));
        return host;
    }

    private LabDomain startDomain(Scenario scenario, SignedWorld.Builder world) throws IOException {
        List<MxHost> hosts = new ArrayList<>();
        if (runsHosts(scenario)) {
            for (LabHost host : scenario.hosts()) {
                hosts.add(startHost(scenario, host));
            }
        }
        Optional<PolicyHost> policyHost =
                scenario.sts().isPresent() ? Optional.of(startPolicyHost(scenario)) : Optional.empty();
        var domain = new LabDomain(scenario, hosts, policyHost);
        LabRecords.publish(domain, smtpPort, world);
        return domain;
    }

    private static boolean runsHosts(Scenario scenario) {
        return switch (scenario.mx()) {
            case HOSTS, ALIAS, NAMED_ALIAS, IMPLICIT -> true;
            case NULL_MX, NOTHING, NO_DOMAIN -> false;
        };
    }

    private MxHost startHost(Scenario scenario, LabHost host) throws IOException {
        CertifiedKey certified = certify(scenario, host, host.certificate());
        return keep(MxHost.start(scenario.hostName(host), addresses.next(smtpPort), HostBehaviour.good(certified)));
    }

    private CertifiedKey certify(Scenario scenario, LabHost host, CertificateKind kind) {
        DomainName named =
                scenario.mx() == MxPublication.NAMED_ALIAS ? scenario.publishedName(host) : scenario.hostName(host);
        return kind.issue(trusted, stranger, List.of(named.ascii()));
    }

    private PolicyHost startPolicyHost(Scenario scenario) throws IOException {
        DomainName name = scenario.domain().child("mta-sts");
        String policy = LabRecords.policy(scenario, scenario.sts().orElseThrow(), Optional.empty());
        return keep(PolicyHost.start(
                name, addresses.next(httpsPort), policy, kind -> kind.issue(trusted, stranger, List.of(name.ascii()))));
    }

    private void writeFiles(SignedWorld world) throws IOException {
        Files.writeString(trustAnchorFile(), world.trustAnchor() + "\n", StandardCharsets.US_ASCII);
        trusted.writeBundle(folder, caBundleFile().getFileName().toString());
    }

    /// Lets a scenario's faults begin.
    ///
    /// @throws IOException when a host that was told to listen again cannot
    public void apply(Scenario scenario) throws IOException {
        for (Fault fault : scenario.faults()) {
            apply(domain(scenario), fault);
        }
    }

    private void apply(LabDomain domain, Fault fault) throws IOException {
        Scenario scenario = domain.scenario();
        switch (fault) {
            case Fault.Tls tls -> {
                MxHost host = domain.host(tls.host());
                host.become(host.behaviour().with(tls.becomes()));
            }
            case Fault.Receiving receiving -> {
                MxHost host = domain.host(receiving.host());
                host.become(host.behaviour().with(receiving.becomes()));
            }
            case Fault.Withholding withholding -> {
                MxHost host = domain.host(withholding.host());
                Set<Extension> rest = EnumSet.copyOf(host.behaviour().extensions());
                rest.remove(withholding.extension());
                host.become(host.behaviour().with(rest));
            }
            case Fault.Certificate certificate -> exchange(domain, certificate);
            case Fault.Dns tampered -> tamper(domain, tampered);
            case Fault.ForgedMx _ ->
                forge(scenario.domain(), "MX", scenario.domain() + ". IN MX 5 " + attacker.name() + ".");
            case Fault.ForgedAddress _ -> {
                DomainName host = domain.hosts().getFirst().name();
                forge(host, "A", LabRecords.address(host, attacker.address().getAddress()));
            }
            case Fault.Policy policy -> domain.policyHost().orElseThrow().become(policy.becomes());
            case Fault.PolicyReplaced replaced ->
                domain.policyHost()
                        .orElseThrow()
                        .serve(LabRecords.policy(scenario, replaced.mode(), replaced.onlyMx()));
            case Fault.NewPolicyId _ ->
                forge(policyOwner(scenario), "TXT", LabRecords.policyRecord(scenario.domain(), "2"));
            case Fault.PolicyRecordDenied _ ->
                dns.tamper(policyOwner(scenario), "TXT", new Tampering.DenialWithoutProof());
        }
    }

    private static DomainName policyOwner(Scenario scenario) {
        return scenario.domain().child("_mta-sts");
    }

    private void exchange(LabDomain domain, Fault.Certificate fault) throws IOException {
        MxHost host = domain.host(fault.host());
        LabHost row = domain.scenario().hosts().get(domain.hosts().indexOf(host));
        host.become(host.behaviour().with(certify(domain.scenario(), row, fault.becomes())));
    }

    private void tamper(LabDomain domain, Fault.Dns fault) {
        DomainName name = switch (fault.place()) {
            case DOMAIN -> domain.scenario().domain();
            case POLICY_RECORD -> policyOwner(domain.scenario());
            case FIRST_HOST -> {
                DomainName host = domain.hosts().getFirst().name();
                yield fault.type().equals("TLSA") ? LabRecords.tlsaOwner(host, smtpPort) : host;
            }
        };
        dns.tamper(name, fault.type(), fault.tampering());
    }

    private void forge(DomainName name, String type, String record) {
        dns.tamper(name, type, new Tampering.Forged(List.of(record)));
    }

    /// @throws IllegalArgumentException when the lab does not run the scenario
    public LabDomain domain(Scenario scenario) {
        LabDomain domain = domains.get(scenario.id());
        if (domain == null) {
            throw new IllegalArgumentException("the lab does not run " + scenario.id());
        }
        return domain;
    }

    /// The domain that sends; its inbox receives what comes back.
    public LabDomain sender() {
        return sender;
    }

    /// The attacker's own mail host, which must stay without mail that a policy protects.
    public MxHost attacker() {
        return attacker;
    }

    public DnsServer dns() {
        return dns;
    }

    /// Where the name server listens, UDP and TCP.
    public InetSocketAddress dnsAddress() {
        return dns.address();
    }

    /// The port of every mail host, which is also the one in TLSA owner names.
    public int smtpPort() {
        return smtpPort;
    }

    /// The port of every policy host.
    public int httpsPort() {
        return httpsPort;
    }

    /// The root's DS record in zone-file form, on one line.
    public Path trustAnchorFile() {
        return folder.resolve("root.anchor");
    }

    /// The root certificate that clients of the lab trust, as PEM.
    public Path caBundleFile() {
        return folder.resolve("ca.pem");
    }

    /// Makes a certificate that clients of the lab trust, for a server that the lab does not run.
    ///
    /// @param chainFile where the chain is written, as PEM
    /// @param keyFile where the key is written, as PEM
    public void issue(List<DomainName> names, Path chainFile, Path keyFile) throws IOException {
        LabCa.writeIdentity(trusted.issue(names.stream().map(DomainName::ascii).toList()), chainFile, keyFile);
    }

    /// The hosts that must have the message by the scenario's expectation: one, or none when it is
    /// returned.
    public Optional<MxHost> expectedHost(Scenario scenario) {
        return switch (scenario.expected()) {
            case Expected.Returned _ -> Optional.empty();
            case Expected.Delivered delivered when delivered.host().equals("attacker") -> Optional.of(attacker);
            case Expected.Delivered delivered
            when delivered.host().isEmpty() ->
                Optional.of(domain(scenario).hosts().getFirst());
            case Expected.Delivered delivered -> Optional.of(domain(scenario).host(delivered.host()));
        };
    }

    /// The mail hosts to which a text came in clear; a text that only the message's body has tells
    /// whether the body was readable in the path.
    public List<DomainName> readInClear(String text) {
        return allHosts()
                .filter(host -> host.captures().stream().anyMatch(capture -> capture.contains(text)))
                .map(MxHost::name)
                .toList();
    }

    /// Every mail host: the scenarios', the sender's and the attacker's.
    public Stream<MxHost> allHosts() {
        return Stream.concat(
                Stream.of(attacker),
                Stream.concat(Stream.of(sender), domains.values().stream()).flatMap(domain -> domain.hosts().stream()));
    }

    /// Whether anybody asked for TLSA records of a scenario's hosts.
    public boolean tlsaWasAsked(Scenario scenario) {
        return dns.questions().stream()
                .filter(question -> question.type().equals("TLSA"))
                .anyMatch(question -> question.name().endsWith("." + scenario.hostZone()));
    }

    /// Ends all servers and conversations; what they recorded stays readable.
    @Override
    public void close() {
        for (AutoCloseable server : open.reversed()) {
            try {
                server.close();
            } catch (Exception e) {
                throw new IllegalStateException("a server of the lab does not close", e);
            }
        }
    }
}
