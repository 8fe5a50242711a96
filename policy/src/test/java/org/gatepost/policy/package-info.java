// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.policy;

import org.jspecify.annotations.NullMarked;
