// SPDX-License-Identifier: Apache-2.0
package org.gatepost.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DomainNameTest {
    @ParameterizedTest
    @CsvSource({
        "Example.COM, example.com",
        "example.com., example.com",
        "_25._tcp.mx.example.com, _25._tcp.mx.example.com",
        "fußball.example, xn--fuball-cta.example",
        "BÜCHER.example, xn--bcher-kva.example",
        "xn--bcher-kva.EXAMPLE, xn--bcher-kva.example",
        "例え。テスト, xn--r8jz45g.xn--zckzah"
    })
    void everySpellingOfANameIsTheSameName(String written, String ascii) {
        assertThat(DomainName.parse(written).ascii()).isEqualTo(ascii);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0",
        "a..b, 2",
        ".a, 0",
        "exa mple.com, 3",
        "'evil\r\nX: y', 4",
        "'a;b', 1",
        "a..., 2",
    })
    void aMalformedNameIsRefusedWithThePlace(String written, int offset) {
        assertThatThrownBy(() -> DomainName.parse(written))
                .isInstanceOfSatisfying(
                        NameSyntaxException.class, e -> assertThat(e.offset()).isEqualTo(offset));
    }

    @Test
    void lengthsAreBounded() { // RFC 1035 §2.3.4
        String label = "a".repeat(63);
        assertThat(DomainName.parse(label + ".example").labels()).containsExactly(label, "example");
        assertThatThrownBy(() -> DomainName.parse(label + "a.example")).isInstanceOf(NameSyntaxException.class);
        String longest = (label + ".").repeat(3) + "a".repeat(61);
        assertThat(DomainName.parse(longest).ascii()).hasSize(253);
        assertThatThrownBy(() -> DomainName.parse(longest).child("b")).isInstanceOf(NameSyntaxException.class);
    }

    @Test
    void messagesShowNoControlCharacters() {
        assertThatThrownBy(() -> DomainName.parse("a\r\nb")).hasMessageContaining("'a??b'");
    }

    @Test
    void namesKnowTheirPlaceInTheTree() {
        DomainName host = DomainName.parse("mx.example.com");
        assertThat(host.parent()).isEqualTo(DomainName.parse("example.com"));
        assertThat(host.isWithin(DomainName.parse("example.com"))).isTrue();
        assertThat(host.isWithin(DomainName.ROOT)).isTrue();
        assertThat(DomainName.parse("badexample.com").isWithin(DomainName.parse("example.com")))
                .isFalse();
        assertThat(DomainName.parse("com").parent()).isEqualTo(DomainName.ROOT);
        assertThat(DomainName.ROOT.child("com")).isEqualTo(DomainName.parse("com"));
        assertThat(DomainName.parse(".").isRoot()).isTrue();
    }
}
