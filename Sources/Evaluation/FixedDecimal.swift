import Foundation

/// Numbers as text with a fixed count of decimals, the same in every locale.
enum FixedDecimal {
  static func text(_ value: Double, decimals: Int) -> String {
    let text = String(format: "%.\(max(0, decimals))f", locale: nil, value)
    let isZero = text.utf8.allSatisfy { "-0.".utf8.contains($0) }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }
}
