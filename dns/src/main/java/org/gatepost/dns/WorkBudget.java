// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

/// What is left of the [WorkLimits] of one question. Used by one thread.
///
/// Running dry never makes anything insecure: what cannot be checked is not proven, hence bogus.
final class WorkBudget {
    private final WorkLimits limits;
    private int questions;
    private int signatures;
    private int failedSignatures;
    private int nsec3Hashes;
    private boolean exceeded;

    WorkBudget(WorkLimits limits) {
        this.limits = limits;
    }

    boolean spendQuestion() {
        return spend(++questions, limits.questions());
    }

    /// Whether one more signature may be verified.
    boolean spendSignature() {
        return spend(failedSignatures, limits.failedSignatures()) && spend(++signatures, limits.signatures());
    }

    void signatureFailed() {
        failedSignatures++;
    }

    boolean spendNsec3Hash() {
        return spend(++nsec3Hashes, limits.nsec3Hashes());
    }

    /// Whether every signature verified so far held.
    boolean isUnspoilt() {
        return failedSignatures == 0 && !exceeded;
    }

    /// Whether something was left undone though few signatures were wrong: so much was needed in all.
    boolean ranOut() {
        return questions > limits.questions() || signatures > limits.signatures() || nsec3Hashes > limits.nsec3Hashes();
    }

    int keysOfOneTag() {
        return limits.keysOfOneTag();
    }

    /// Whether anything was left undone.
    boolean exceeded() {
        return exceeded;
    }

    private boolean spend(int used, int limit) {
        exceeded |= used > limit;
        return used <= limit;
    }
}
