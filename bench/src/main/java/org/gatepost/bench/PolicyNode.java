// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Random;
import java.util.stream.Collectors;
import org.gatepost.gateway.resolution.KnownPolicies;
import org.gatepost.gateway.resolution.StsFetcher.Fetched;
import org.gatepost.gateway.resolution.StsPolicies;
import org.gatepost.gateway.resolution.StsPolicyCache;
import org.gatepost.names.DomainName;
import org.gatepost.policy.MxPattern;
import org.gatepost.tlsrpt.ResultType;
import org.gatepost.policy.StsFacts;
import org.gatepost.policy.StsPolicy;
import org.gatepost.spool.EmbeddedStore;
import org.gatepost.spool.PolicyMemory;

/// A process with the policies of a store behind Postfix's socketmap protocol, to be measured from outside: the
/// gateway's own lookups, and as thin a front as can be. Says `ready PORT MILLISECONDS`, counted from the start of the
/// process, on standard output.
final class PolicyNode {
    private PolicyNode() {}

    /// @param args the store's directory
    public static void main(String[] args) throws IOException {
        EmbeddedStore store = EmbeddedStore.open(Path.of(args[0]));
        StsPolicies policies = policies(store.policyMemory());
        var server = new ServerSocket();
        server.bind(new InetSocketAddress(BenchWorld.LOOPBACK, 0), 100);
        long started = ManagementFactory.getRuntimeMXBean().getStartTime();
        System.out.println(
                "ready " + server.getLocalPort() + " " + (InstantSource.system().millis() - started));
        while (true) {
            Socket socket = server.accept();
            Thread.ofPlatform().start(() -> serve(socket, policies));
        }
    }

    /// Lookups in the memory; nothing is ever fetched.
    static StsPolicyCache policies(PolicyMemory memory) {
        var clock = InstantSource.system();
        return new StsPolicyCache(
                new PolicyWorld(0),
                _ -> new Fetched.Failed(ResultType.STS_POLICY_FETCH_ERROR, "nothing is fetched here"),
                new KnownPolicies(memory, new Random(), clock),
                2,
                clock);
    }

    private static void serve(Socket socket, StsPolicies policies) {
        try (socket;
                var input = new BufferedInputStream(socket.getInputStream());
                var output = new BufferedOutputStream(socket.getOutputStream())) {
            while (true) {
                if (input.available() == 0) {
                    output.flush();
                }
                String question = Netstrings.read(input);
                DomainName domain = DomainName.parse(question.substring(question.indexOf(' ') + 1));
                Netstrings.write(output, answer(policies.lookUp(domain, 0)));
            }
        } catch (EOFException e) {
            // The client is done.
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// As postfix-mta-sts-resolver words it.
    private static String answer(StsFacts facts) {
        return facts instanceof StsFacts.InForce policy && policy.policy().mode() == StsPolicy.Mode.ENFORCE
                ? policy.policy().mx().stream()
                        .map(PolicyNode::match)
                        .collect(Collectors.joining(":", "OK secure match=", " servername=hostname"))
                : "NOTFOUND ";
    }

    private static String match(MxPattern pattern) {
        return pattern.wildcard() ? "." + pattern.name() : pattern.name().toString();
    }
}
