extension InstructionCues {
  /// The colours that a sentence wants the answer in.
  package struct AnswerColors {
    package var positive: NamedColor?
    package var negative: NamedColor?
    /// Where they stand.
    package var places: [Range<Int>] = []
  }

  private struct Mention {
    let color: NamedColor
    let place: Range<Int>
  }

  /// The first two colours that are answers and not properties ("a red car") or things
  /// ("contains an orange"), told apart as yes and no by the conditions near them.
  package static func colors(in words: InstructionWords) -> AnswerColors {
    var mentions = mentions(in: words).filter { isAnswer($0, in: words) }
    guard let first = mentions.first else { return AnswerColors() }
    if let repeated = mentions.dropFirst().firstIndex(where: { $0.color.color != first.color.color }
    ) {
      mentions = [first, mentions[repeated]]
    } else {
      mentions = Array(mentions.prefix(2))
    }
    let places = mentions.map(\.place)
    guard mentions.count == 2 else {
      let isNo = isNegated(0..<words.count, in: words)
      return AnswerColors(
        positive: isNo ? nil : first.color, negative: isNo ? first.color : nil, places: places)
    }
    return firstIsNo(mentions, in: words)
      ? AnswerColors(positive: mentions[1].color, negative: mentions[0].color, places: places)
      : AnswerColors(positive: mentions[0].color, negative: mentions[1].color, places: places)
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

  private static func isAnswer(_ mention: Mention, in words: InstructionWords) -> Bool {
    // What follows: nothing, a condition, or a word for a patch of colour.
    let last = mention.place.upperBound - 1
    let after = words.canonical(mention.place.upperBound)
    if !words[last].endsClause, !after.isEmpty, !follows.contains(after) { return false }
    // What comes before, articles aside: not what pictures do to things.
    var before = mention.place.lowerBound - 1
    while before >= 0, ["a", "the", "any", "no", "some"].contains(words.canonical(before)) {
      before -= 1
    }
    let cue = words.canonical(before)
    if before >= 0, words[before].endsClause { return true }
    if ["is", "are", "exists", "exist"].contains(cue), words.canonical(before - 1) == "there" {
      return false
    }
    // "if an orange is in the picture"
    if conditionals.contains(cue), before + 1 < mention.place.lowerBound { return false }
    return !containment.contains(cue)
  }

  /// Whether the first of two colours is the one for no.
  private static func firstIsNo(_ mentions: [Mention], in words: InstructionWords) -> Bool {
    let (first, second) = (mentions[0].place, mentions[1].place)
    // "else" and "otherwise" belong to the colour after them, or at the end to the one before.
    var otherwise: Int?
    for index in 0..<words.count where ["else", "otherwise"].contains(words.canonical(index)) {
      if index < first.lowerBound, first.lowerBound - index <= 4 {
        otherwise = 0
      } else if index < second.lowerBound, index >= first.upperBound {
        otherwise = index - first.upperBound == 0 && !words[first.upperBound - 1].endsClause ? 0 : 1
      } else if index >= second.upperBound {
        otherwise = 1
      }
    }
    let isConditionFirst = (0..<first.lowerBound).contains { index in
      let word = words.canonical(index)
      return ["if", "when", "whenever", "unless", "provided", "should"].contains(word)
        || (word == "case" && words.canonical(index - 1) == "in")
        || (word == "yes" || word == "no") && first.lowerBound - index <= 2
    }
    let firstWindow = isConditionFirst ? 0..<first.lowerBound : first.upperBound..<second.lowerBound
    let secondWindow =
      isConditionFirst ? first.upperBound..<second.lowerBound : second.upperBound..<words.count
    let firstIsNegated = isNegated(firstWindow, in: words)
    let secondIsNegated = isNegated(secondWindow, in: words)
    switch otherwise {
    case 1: return firstIsNegated
    case 0: return !secondIsNegated
    default: return firstIsNegated && !secondIsNegated
    }
  }

  private static func isNegated(_ range: Range<Int>, in words: InstructionWords) -> Bool {
    range.contains { negations.contains(words.canonical($0)) }
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  private static let negations = set(
    "no not none never without absent missing lacks lacking unless doesn't don't isn't aren't can't "
      + "cannot hasn't haven't won't nothing absence false failure")

  private static let containment = set(
    "contains contain containing include includes including has have feature features depict depicts "
      + "shows showing see spot find of detect notice hold holds spots having without")

  private static let follows = set(
    "if when whenever unless whether provided otherwise else and or but for in to as on means meaning "
      + "says image images block square color patch screen square then so please where while depending "
      + "should only is by once assuming instead with")
}
