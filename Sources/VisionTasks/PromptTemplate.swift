/// A sentence with places to fill: `%` the category, `*` the colour of yes, `#` the colour of no.
///
/// `%s` is the category's plural. "a" and "an" before a place follow the word filled in, and fall
/// away before what has no singular ("a %" with "stairs"). `[is|are]` chooses by the category's
/// number, only in templates of this package (``init(builtIn:)``).
public struct PromptTemplate: Sendable, Hashable {
  /// The sentence as written.
  public let text: String
  private let choosesByNumber: Bool

  /// A template from a file: brackets are just brackets.
  public init(_ text: String) {
    self.text = text
    self.choosesByNumber = false
  }

  /// A template of this package: brackets choose by number.
  package init(builtIn text: String) {
    self.text = text
    self.choosesByNumber = true
  }

  /// Whether a category has a place in it.
  public var namesCategory: Bool { text.contains("%") }
  /// Whether the colour of yes has a place in it.
  public var namesPositiveColor: Bool { text.contains("*") }
  /// Whether the colour of no has a place in it.
  public var namesNegativeColor: Bool { text.contains("#") }

  /// The sentence with every place filled.
  public func filled(category: String, positive: String = "", negative: String = "") -> String {
    let number = CategoryGrammar.number(of: category)
    var result = ""
    var rest = text[...]
    while let character = rest.first {
      rest.removeFirst()
      switch character {
      case "%":
        let isPlural =
          rest.first == "s" && !(rest.dropFirst().first.map { $0.isLetter } ?? false)
        if isPlural {
          rest.removeFirst()
          result += CategoryGrammar.plural(of: category)
        } else {
          Self.mendArticle(at: &result, before: category, number: number)
          result += category
        }
      case "*":
        Self.mendArticle(at: &result, before: positive, number: .countable)
        result += positive
      case "#":
        Self.mendArticle(at: &result, before: negative, number: .countable)
        result += negative
      case "[" where choosesByNumber:
        let choice = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(choice.count + 1)
        let forms = choice.split(separator: "|", omittingEmptySubsequences: false)
        result += number == .plural ? (forms.last ?? "") : (forms.first ?? "")
      default:
        result.append(character)
      }
    }
    return choosesByNumber ? Self.capitalized(result) : result
  }

  /// Corrects the article that `result` ends with, if it does, for `phrase` to follow.
  private static func mendArticle(
    at result: inout String, before phrase: String, number: CategoryGrammar.Number
  ) {
    for (article, replacesAny) in [
      ("a ", true), ("an ", true), ("each ", false), ("every ", false),
    ] {
      guard result.lowercased().hasSuffix(article) else { continue }
      let start = result.index(result.endIndex, offsetBy: -article.count)
      if start > result.startIndex, !result[result.index(before: start)].isWhitespace { continue }
      let isCapital = result[start].isUppercase
      var mended: String
      if number == .countable {
        if !replacesAny { return }
        mended = CategoryGrammar.article(before: phrase) + " "
      } else {
        mended = replacesAny ? "" : "all "
      }
      if isCapital { mended = capitalized(mended) }
      result.replaceSubrange(start..., with: mended)
      return
    }
  }

  private static func capitalized(_ text: String) -> String {
    guard let first = text.first, first.isLowercase else { return text }
    return first.uppercased() + text.dropFirst()
  }
}
