// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("bothProviders")
class SignatureAlgorithmsTest {
    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);

    private final SignatureAlgorithms algorithms;

    SignatureAlgorithmsTest(SignatureAlgorithms algorithms) {
        this.algorithms = algorithms;
    }

    static Stream<SignatureAlgorithms> bothProviders() {
        return Stream.of(new SignatureAlgorithms(NativeProvider::loaded), SignatureAlgorithms.JDK_ALONE);
    }

    @ParameterizedTest
    @CsvSource({"5, 1024", "7, 1024", "8, 2048", "10, 2048", "13, 256", "14, 384", "15, 0", "16, 0"})
    void aSignatureFitsItsDataAndNoOther(int algorithm, int bits) throws Exception {
        TestKey key = TestKey.of("test.", algorithm, bits, TestKey.ZONE);
        byte[] octets = key.record().getKey();
        byte[] signature = key.sign(DATA);
        byte[] touched = signature.clone();
        touched[touched.length / 2] ^= 1;

        assertThat(algorithms.verify(algorithm, octets, signature, DATA)).isTrue();
        assertThat(algorithms.verify(algorithm, octets, touched, DATA)).isFalse();
        assertThat(algorithms.verify(algorithm, octets, signature, new byte[1])).isFalse();
        assertThat(algorithms.verify(algorithm, octets, Arrays.copyOf(signature, 10), DATA))
                .isFalse();
        assertThat(algorithms.verify(algorithm, octets, new byte[0], DATA)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"13, 63", "13, 65", "14, 64", "15, 31", "16, 32", "8, 0", "8, 1", "8, 4"})
    void aKeyOfTheWrongLengthIsRefused(int algorithm, int length) {
        byte[] key = new byte[length];
        Arrays.fill(key, (byte) 3);

        assertThatThrownBy(() -> algorithms.verify(algorithm, key, new byte[64], DATA))
                .isInstanceOf(InvalidKeyException.class);
    }

    @Test
    void aPointThatIsNotOnTheCurveVerifiesNothing() {
        TestKey key = TestKey.of("test.");
        byte[] off = key.record().getKey().clone();
        off[5] ^= 1;

        assertThat(verifies(off, key.sign(DATA))).isFalse();
        assertThat(verifies(new byte[64], new byte[64])).isFalse();
    }

    private boolean verifies(byte[] key, byte[] signature) {
        try {
            return algorithms.verify(13, key, signature, DATA);
        } catch (InvalidKeyException e) {
            return false;
        }
    }

    @Test
    void rsaKeysThatOnlyCostTimeAreRefused() {
        byte[] longModulus = HexFormat.of().parseHex("03010001" + "ff".repeat(513));
        byte[] longExponent = HexFormat.of().parseHex("09" + "01".repeat(9) + "ff".repeat(256));

        for (byte[] key : new byte[][] {longModulus, longExponent}) {
            assertThatThrownBy(() -> algorithms.verify(8, key, new byte[64], DATA))
                    .isInstanceOf(InvalidKeyException.class);
        }
    }

    @Test
    void anExponentMayHaveItsLengthInThreeOctets() throws Exception { // RFC 3110 §2
        byte[] key = HexFormat.of().parseHex("00000301" + "0001" + "ff".repeat(128));

        assertThat(SignatureAlgorithms.rsaBits(key)).isEqualTo(1024);
    }

    @Test
    void otherAlgorithmsAreNoBusinessOfThisClass() {
        assertThatThrownBy(() -> algorithms.verify(12, new byte[64], new byte[64], DATA))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
