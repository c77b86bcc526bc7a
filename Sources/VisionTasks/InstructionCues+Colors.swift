extension InstructionCues {
  /// The colours that a sentence wants the answer in.
  package struct AnswerColors {
    package var positive: NamedColor?
    package var negative: NamedColor?
    /// Where they stand.
    package var places: [Range<Int>] = []
    /// The sentence can be read both ways, or names more than two colours.
    package var isUnclear = false
  }

  /// A colour's name in a sentence.
  struct Mention {
    let color: NamedColor
    let place: Range<Int>
    /// "not red", "rather than red": what the answer is not, where another colour is what it is.
    var isContrast = false
  }

  /// The colours that are answers and not properties ("a red car", "a person in red") or things
  /// ("contains an orange"), told apart as yes and no by the conditions near them.
  package static func colors(in words: InstructionWords) -> AnswerColors {
    let mentions = answers(among: mentions(in: words), in: words)
    guard let first = mentions.first else { return AnswerColors() }
    var result = AnswerColors(places: mentions.map(\.place))
    let second = mentions.first { $0.color.color != first.color.color }
    guard let second else {
      if mentions.count > 1 {
        // One colour for both answers; whoever asks gets to hear that.
        (result.positive, result.negative) = (first.color, mentions[1].color)
        return result
      }
      switch meaning(of: first, in: words) {
      case .yes: result.positive = first.color
      case .no: result.negative = first.color
      case nil: result.isUnclear = true
      }
      // "If there is a dog in green else red": green may be the dog's or the answer.
      if result.negative != nil, !first.isContrast, hasProperty(before: first, in: words) {
        result.isUnclear = true
      }
      return result
    }
    let known = [first.color.color, second.color.color]
    guard mentions.allSatisfy({ known.contains($0.color.color) }) else {
      result.isUnclear = true
      return result
    }
    switch meaning(ofFirstAmong: mentions, in: words) {
    case .yes: (result.positive, result.negative) = (first.color, second.color)
    case .no: (result.positive, result.negative) = (second.color, first.color)
    case nil: result.isUnclear = true
    }
    return result
  }

  private static func mentions(in words: InstructionWords) -> [Mention] {
    var result: [Mention] = []
    var index = 0
    while index < words.count {
      var next = index + 1
      for end in stride(from: min(words.count, index + 4), to: index, by: -1) {
        let range = index..<end
        if range.dropLast().contains(where: { words[$0].endsClause }) { continue }
        if let color = NamedColor(words.written(range)) {
          result.append(Mention(color: color, place: range))
          next = end
          break
        }
      }
      index = next
    }
    return result
  }

  /// Those of `mentions` that are answers.
  private static func answers(
    among mentions: [Mention], in words: InstructionWords
  ) -> [Mention] {
    var isProperty = mentions.map { precedesName($0, in: words) || endsProperName($0, in: words) }
    // "A black and white cat": what holds for the last holds for those before it.
    for index in mentions.indices.dropLast().reversed()
    where isProperty[index + 1] && isJoined(mentions[index], mentions[index + 1], in: words) {
      isProperty[index] = true
    }
    var end = 0
    for index in mentions.indices {
      if isProperty[index] { continue }
      if index > 0, isProperty[index - 1],
        isJoined(mentions[index - 1], mentions[index], in: words),
        !openers.contains(words.canonical(mentions[index].place.upperBound)),
        !rests.contains(words.canonical(mentions[index].place.upperBound))
      {
        // "In blue and white"
        isProperty[index] = true
      } else {
        isProperty[index] = isPartOfCondition(mentions[index], after: end, in: words)
      }
      if !isProperty[index] { end = mentions[index].place.upperBound }
    }
    var answers: [Mention] = []
    for (mention, isProperty) in zip(mentions, isProperty) where !isProperty {
      var mention = mention
      mention.isContrast = isContrast(mention, in: words)
      answers.append(mention)
    }
    // What is said of two colours without contrasts needs none.
    let plain = answers.filter { !$0.isContrast }
    return Set(plain.map(\.color.color)).count >= 2 ? plain : answers
  }

  /// Whether the colour describes what comes after it, which is not just a patch of colour.
  private static func precedesName(_ mention: Mention, in words: InstructionWords) -> Bool {
    let after = words.canonical(mention.place.upperBound)
    return !words[mention.place.upperBound - 1].endsClause && isNameLike(after)
      && !patches.contains(after)
  }

  /// Whether the colour is the end of a proper name: "a Russian Blue".
  private static func endsProperName(_ mention: Mention, in words: InstructionWords) -> Bool {
    let before = mention.place.lowerBound - 1
    guard before >= 0, !words[before].endsClause, isNameLike(words.canonical(before)) else {
      return false
    }
    let isCapitalized = [before, before + 1].allSatisfy {
      words[$0].written.first?.isUppercase == true && words[$0].written.last?.isLowercase == true
    }
    return isCapitalized && !rests.contains(words.canonical(mention.place.upperBound))
  }

  /// Whether a colour before `mention` was taken for a property only by the word before it.
  private static func hasProperty(before mention: Mention, in words: InstructionWords) -> Bool {
    mentions(in: words).contains { other in
      other.place.upperBound <= mention.place.lowerBound && !precedesName(other, in: words)
        && describes(other.place.lowerBound - 1, in: words)
    }
  }

  private static func isJoined(
    _ first: Mention, _ second: Mention, in words: InstructionWords
  ) -> Bool {
    second.place.lowerBound == first.place.upperBound + 1
      && !words[first.place.upperBound - 1].endsClause
      && !words[first.place.upperBound].endsClause
      && ["and", "or"].contains(words.canonical(first.place.upperBound))
  }

  /// Whether the colour is what a condition is about: "if an orange is there", "if the car is red",
  /// "contains a person in blue".
  ///
  /// - Parameter start: where what concerns this mention can begin.
  private static func isPartOfCondition(
    _ mention: Mention, after start: Int, in words: InstructionWords
  ) -> Bool {
    var before = mention.place.lowerBound - 1
    while before >= 0, ["a", "the", "any", "no", "some"].contains(words.canonical(before)) {
      before -= 1
    }
    guard before >= 0, !words[before].endsClause else { return false }
    let cue = words.canonical(before)
    let earlier = words.canonical(before - 1)
    if ["is", "are", "exists", "exist"].contains(cue), earlier == "there" { return true }
    if cue == "there", ["is", "are"].contains(earlier) { return true }
    if containment.contains(cue), earlier != "instead" { return true }
    // Back to where the condition begins that is still open here, if there is one.
    var opening = before
    while opening >= start, !opensCondition(opening, in: words) {
      let word = words.canonical(opening)
      if words[opening].endsClause || displays.contains(word) || rests.contains(word)
        || word == "then"
      {
        return false
      }
      opening -= 1
    }
    guard opening >= start else { return false }
    if opening == before { return true }
    let hasName = (opening + 1..<before).contains { isNameLike(words.canonical($0)) }
    return hasName && describes(before, in: words)
  }

  /// Whether the word at `index` makes a colour after it a property: "a person in", "the car is",
  /// "the car is not".
  private static func describes(_ index: Int, in words: InstructionWords) -> Bool {
    let word = words.canonical(index)
    let before = words.canonical(index - 1)
    if ["in", "with"].contains(word) { return isNameLike(before) }
    return beings.contains(word) || word == "wearing" || word == "not" && beings.contains(before)
  }

  /// Whether the sentence turns the colour down: "not red", "instead of red", "don't show red".
  private static func isContrast(_ mention: Mention, in words: InstructionWords) -> Bool {
    var before = mention.place.lowerBound - 1
    func canPass(_ passable: Set<String>) -> Bool {
      before >= 0 && !words[before].endsClause && passable.contains(words.canonical(before))
    }
    while canPass(["a", "the", "in", "with", "to", "as"]) { before -= 1 }
    guard before >= 0, !words[before].endsClause else { return false }
    let earlier = words.canonical(before - 1)
    switch words.canonical(before) {
    case "not":
      // "If not red" and "there is not red" end a condition.
      return before == 0 || words[before - 1].endsClause || earlier == "and" || earlier == "but"
        || NamedColor(earlier) != nil || displays.contains(earlier)
    case "than": return earlier == "rather"
    case "of": return earlier == "instead"
    default: break
    }
    // A prohibition stands where a clause begins.
    while canPass(carriers) { before -= 1 }
    guard before >= 0, !words[before].endsClause else { return false }
    if words.canonical(before) == "not" { before -= 1 }
    guard before >= 0, ["don't", "do", "never"].contains(words.canonical(before)) else {
      return false
    }
    return before == 0 || words[before - 1].endsClause
      || ["then", "but", "and", "please"].contains(words.canonical(before - 1))
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  /// What pictures do to things, and people looking at pictures.
  private static let containment = set(
    "contains contain containing include includes including has have feature features depict "
      + "depicts "
      + "shows see spot find of detect notice hold holds spots having without")

  /// What a colour can stand before and still be the answer.
  private static let patches = set(
    "image images block square color patch screen canvas background pixels card instead rather "
      + "respectively depending means mean meaning says once assuming while whenever should signals"
  )
}
