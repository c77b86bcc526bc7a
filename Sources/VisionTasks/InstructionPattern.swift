/// A template turned round: matches sentences made from it and gives back what was filled in.
struct InstructionPattern {
  /// What a sentence had in the places.
  struct Filling {
    var category: String?
    var positive: NamedColor?
    var negative: NamedColor?
  }

  private enum Element {
    case word(Set<String>)
    case category
    case plural
    case positive
    case negative
  }

  private let elements: [Element]
  /// How many words are fixed: the more, the more the match says.
  let fixedWordCount: Int

  init(_ template: PromptTemplate) {
    // Choices like [is|are] become one word of several spellings, places become marks that survive
    // the splitting into words.
    var marked = ""
    var rest = template.text[...]
    var choices: [Set<String>] = []
    while let character = rest.first {
      rest.removeFirst()
      switch character {
      case "%" where rest.first == "s" && rest.dropFirst().first?.isLetter != true:
        rest.removeFirst()
        marked += "placeplural"
      case "%": marked += "placecategory"
      case "*": marked += "placepositive"
      case "#": marked += "placenegative"
      case "[" where rest.contains("]"):
        let choice = rest.prefix { $0 != "]" }
        rest = rest.dropFirst(choice.count + 1)
        marked += "placechoice\(choices.count)"
        choices.append(
          Set(
            choice.lowercased().split(separator: "|").map { InstructionWords.canonical(String($0)) }
          )
        )
      default: marked.append(character)
      }
    }
    var elements: [Element] = []
    let words = InstructionWords(marked)
    for index in 0..<words.count {
      let word = words.canonical(index)
      switch word {
      case "placeplural": elements.append(.plural)
      case "placecategory": elements.append(.category)
      case "placepositive": elements.append(.positive)
      case "placenegative": elements.append(.negative)
      case "a": continue
      default:
        if word.hasPrefix("placechoice"), let number = Int(word.dropFirst("placechoice".count)) {
          elements.append(.word(choices[number]))
        } else {
          elements.append(.word([word]))
        }
      }
    }
    self.elements = elements
    fixedWordCount = elements.reduce(0) {
      if case .word = $1 { $0 + 1 } else { $0 }
    }
  }

  /// What fills the places of this template in `words`; nil when they don't come from it.
  func match(_ words: InstructionWords) -> Filling? {
    guard words.count >= elements.count, words.count <= 4 * elements.count + 8 else { return nil }
    return match(words, from: 0, element: 0, filling: Filling())
  }

  private func match(
    _ words: InstructionWords, from start: Int, element index: Int, filling: Filling
  ) -> Filling? {
    var start = start
    guard index < elements.count else {
      return start == words.count ? filling : nil
    }
    while start < words.count, words.canonical(start) == "a" { start += 1 }
    switch elements[index] {
    case .word(let spellings):
      guard start < words.count, spellings.contains(words.canonical(start)) else { return nil }
      return match(words, from: start + 1, element: index + 1, filling: filling)
    case .category, .plural:
      var end = start
      while end < words.count, end - start < Self.longestCategory,
        !Self.neverInCategory.contains(words.canonical(end))
          || end > start && InstructionCues.joinsColors(end, in: words)
      {
        end += 1
        var category = words.written(start..<end)
        if case .plural = elements[index] { category = CategoryGrammar.singular(of: category) }
        // A sentence may begin with the category, so the later mention tells its capitals.
        if filling.category == nil || filling.category?.lowercased() == category.lowercased() {
          var filling = filling
          filling.category = category
          if let result = match(words, from: end, element: index + 1, filling: filling) {
            return result
          }
        }
        if words[end - 1].endsClause || words[end - 1].isPossessive { break }
      }
      return nil
    case .positive, .negative:
      for end in (start + 1)..<(start + 5) where end <= words.count {
        // "A traffic light: blue" ends with blue, not with light blue.
        if (start..<end - 1).contains(where: { words[$0].endsClause }) { break }
        guard let color = NamedColor(words.written(start..<end)) else { continue }
        var filling = filling
        if case .positive = elements[index] {
          filling.positive = color
        } else {
          filling.negative = color
        }
        if let result = match(words, from: end, element: index + 1, filling: filling) {
          return result
        }
      }
      return nil
    }
  }

  private static let longestCategory = 8
  private static let neverInCategory: Set<String> = [
    "in", "on", "with", "by", "using", "and", "or", "if", "this", "image", "please", "is", "are",
    "from", "your", "you", "me", "it", "them", "that", "then", "the", "a", "where", "which", "as",
    "every", "some", "any", "for", "into", "so", "else", "otherwise", "no", "not", "without",
  ]
}
