package load

import "math/rand/v2"

// vocabulary is how many words there are: what a newspaper's reader knows, about.
const vocabulary = 1 << 13

// Letters as often as English has them, about. Words take of the two in turn.
const (
	consonants = "tttttttttnnnnnnnsssssssrrrrrrhhhhhhllllddddcccmmmffppggwwyybbvk"
	vowels     = "eeeeeeeeeeeeaaaaaaaaoooooooiiiiiiiuuu"
)

// newWords returns a vocabulary, the commonest words first, which are the shortest.
func newWords(random *rand.Rand) []string {
	words, seen := make([]string, 0, vocabulary), map[string]bool{}
	for longer := 0; len(words) < vocabulary; {
		length := 1 + random.IntN(3) + longer
		for rank := len(words) + 1; rank > 1; rank /= 4 {
			length++
		}
		word, odd := make([]byte, length), random.IntN(2)
		for i := range word {
			from := vowels
			if i%2 == odd {
				from = consonants
			}
			word[i] = from[random.IntN(len(from))]
		}
		longer++ // if there is such a word already
		if !seen[string(word)] {
			seen[string(word)], longer = true, 0
			words = append(words, string(word))
		}
	}
	return words
}

// newText returns size bytes of words that come as Zipf's law says, with exponent 1, and with commas and full stops: what people
// write compresses about as much. It has neither a quotation mark nor a backslash, nor a line's end.
func newText(size int, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, 't'))
	words, law := newWords(random), newZipf(vocabulary, 1)
	text := make([]byte, 0, size+64)
	for len(text) < size {
		text = append(text, words[law.rank(random.Uint64())]...)
		switch random.IntN(16) {
		case 0:
			text = append(text, '.')
		case 1:
			text = append(text, ',')
		}
		text = append(text, ' ')
	}
	return text[:size]
}
