// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.concurrent.TimeUnit;
import org.conscrypt.Conscrypt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How many signatures over 300 octets one core verifies in a second, the key read from its encoded form each time, as
/// for a DNSKEY record. A provider that lacks the algorithm is left to the JDK, and so is its figure.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls the set-up
public class SignatureBenchmark {
    @Param({"P256", "P384", "RSA2048", "ED25519", "ED448"})
    public Kind kind;

    @Param({"jdk", "corretto", "conscrypt"})
    public String provider;

    private final byte[] data = new byte[300];
    private byte[] key;
    private byte[] signature;
    private Provider keys;
    private Provider signatures;

    /// The kinds of signature that DNSSEC uses, by their names in the JCA.
    public enum Kind {
        P256("EC", 256, "SHA256withECDSA"),
        P384("EC", 384, "SHA384withECDSA"),
        RSA2048("RSA", 2048, "SHA256withRSA"),
        ED25519("Ed25519", 255, "Ed25519"),
        ED448("Ed448", 448, "Ed448");

        private final String keys;
        private final int bits;
        private final String signature;

        Kind(String keys, int bits, String signature) {
            this.keys = keys;
            this.bits = bits;
            this.signature = signature;
        }
    }

    @Setup
    public void sign() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.keys);
        generator.initialize(kind.bits);
        KeyPair pair = generator.generateKeyPair();
        key = pair.getPublic().getEncoded();
        Signature signer = Signature.getInstance(kind.signature);
        signer.initSign(pair.getPrivate());
        signer.update(data);
        signature = signer.sign();
        keys = offering("KeyFactory", kind.keys);
        signatures = offering("Signature", kind.signature);
    }

    private Provider offering(String service, String name) {
        Provider wanted = switch (provider) {
            case "corretto" -> AmazonCorrettoCryptoProvider.INSTANCE;
            case "conscrypt" -> Conscrypt.newProvider();
            default -> Security.getProviders(service + "." + name)[0];
        };
        return wanted.getService(service, name) == null ? Security.getProviders(service + "." + name)[0] : wanted;
    }

    @Benchmark
    public boolean verify() throws GeneralSecurityException {
        Signature verifier = Signature.getInstance(kind.signature, signatures);
        verifier.initVerify(KeyFactory.getInstance(kind.keys, keys).generatePublic(new X509EncodedKeySpec(key)));
        verifier.update(data);
        return verifier.verify(signature);
    }
}
