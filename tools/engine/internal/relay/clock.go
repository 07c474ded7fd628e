package relay

import "time"

// measured is how many times a clock is read: the answer that took least counts.
const measured = 3

// Measure finds out how much another machine's clock is ahead of this one, give or take uncertain.
// Ask returns what it shows.
func Measure(ask func() (time.Time, error)) (ahead, uncertain time.Duration, err error) {
	for i := range measured {
		asked := time.Now()
		there, err := ask()
		if err != nil {
			return 0, 0, err
		}
		half := time.Since(asked) / 2
		if i == 0 || half < uncertain {
			ahead, uncertain = there.Sub(asked.Add(half)), half
		}
	}
	return ahead, uncertain, nil
}
