// Go's own runtime instead of a C library: static, with its own stacks, signals and memory.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

func main() {
	words := strings.Fields("the quick brown fox jumps over the lazy dog")
	counts := map[string]int{}
	for _, word := range words {
		counts[word]++
	}
	keys := make([]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		fmt.Println(key, counts[key])
	}

	results := make(chan int)
	go func() {
		sum := 0
		for i := 0; i <= 1000; i++ {
			sum += i
		}
		results <- sum
	}()
	fmt.Println("sum", <-results)

	_, err := os.ReadFile("no-such-file")
	fmt.Println(err)
	defer fmt.Println("deferred")
	defer func() {
		fmt.Println("recovered:", recover())
	}()
	var nothing *struct{ field int }
	fmt.Println(nothing.field)
}
